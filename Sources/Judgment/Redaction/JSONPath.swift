// Which values of a JSON document are meant. The part of RFC 9535 that says where something is, without the part that
// asks what it is:
//
//     $.user.email      a member of a member; other names as $['e-mail address']
//     $.rows[*].email   of every element; .* and [*] are also every member
//     $.rows[0]         of the first element
//     $..email          of every object at any depth
//
// Filters, slices, unions and negative indices are refused by name.

import JSON

/// A path that is not of the language, and where: `offset` counts scalars from 0.
public struct JSONPathError: Error, Sendable, Equatable {
    public var message: String
    public var offset: Int
}

/// A path, read once.
public struct JSONPath: Sendable, Equatable {
    enum Step: Sendable, Equatable {
        case name(String)
        case element(Int)
        case any
        /// Every member of that name in the value and in all that it holds.
        case descendant(String)
    }

    let steps: [Step]

    public init(_ text: String) throws(JSONPathError) {
        var reader = PathReader(text)
        steps = try reader.read()
    }

    /// The document with each value that the path names replaced.
    /// - Parameter visit: called once for each value that is looked at; what it throws ends the work.
    func replacing<Failure: Error>(
        in tree: JSONTree,
        visit: () throws(Failure) -> Void,
        with replacement: (JSONTree) -> JSONTree
    ) throws(Failure) -> JSONTree {
        try replace(tree, steps[...], visit, replacement)
    }

    private func replace<Failure: Error>(
        _ tree: JSONTree,
        _ rest: ArraySlice<Step>,
        _ visit: () throws(Failure) -> Void,
        _ replacement: (JSONTree) -> JSONTree
    ) throws(Failure) -> JSONTree {
        try visit()
        guard let step = rest.first else { return replacement(tree) }
        let inner = rest.dropFirst()
        switch tree {
        case .array(var elements):
            for index in elements.indices {
                if case .descendant = step {
                    elements[index] = try replace(elements[index], rest, visit, replacement)
                } else if step == .any || step == .element(index) {
                    elements[index] = try replace(elements[index], inner, visit, replacement)
                }
            }
            return .array(elements)
        case .object(var members):
            for index in members.indices {
                if case .descendant(let name) = step {
                    members[index].value = try replace(members[index].value, rest, visit, replacement)
                    guard members[index].name == name else { continue }
                } else if step != .any, step != .name(members[index].name) {
                    continue
                }
                members[index].value = try replace(members[index].value, inner, visit, replacement)
            }
            return .object(members)
        default: return tree
        }
    }
}

/// Reads a path from its text, step by step.
private struct PathReader {
    private let scalars: [Unicode.Scalar]
    private var at = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func read() throws(JSONPathError) -> [JSONPath.Step] {
        guard take("$") else { throw error("a path begins with $, the document: '$.email'") }
        guard at < scalars.count else { throw error("$ alone is the whole document: name something in it") }
        var steps: [JSONPath.Step] = []
        while at < scalars.count {
            if take(".") {
                if take(".") {
                    steps.append(.descendant(try bareName()))
                } else if take("*") {
                    steps.append(.any)
                } else {
                    steps.append(.name(try bareName()))
                }
            } else if take("[") {
                steps.append(try bracket())
                guard take("]") else { throw error("expected ']': slices, unions and filters are not supported") }
            } else {
                throw error("expected '.' or '['")
            }
        }
        return steps
    }

    private mutating func bracket() throws(JSONPathError) -> JSONPath.Step {
        if take("*") { return .any }
        if let quote = ["'", "\""].first(where: { take($0) }) { return .name(try quotedName(quote)) }
        let start = at
        while at < scalars.count, ("0"..."9").contains(scalars[at]) { at += 1 }
        guard start < at, let index = Int(String(String.UnicodeScalarView(scalars[start..<at]))) else {
            throw error("expected a number, '*' or a name in quotes")
        }
        return .element(index)
    }

    /// Letters, digits, `_`, `-`, and whatever is not ASCII.
    private mutating func bareName() throws(JSONPathError) -> String {
        let start = at
        while at < scalars.count {
            switch scalars[at] {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "\u{80}"...: at += 1
            default:
                guard start < at else { throw error("expected a name; other names are written ['so']") }
                return String(String.UnicodeScalarView(scalars[start..<at]))
            }
        }
        guard start < at else { throw error("expected a name") }
        return String(String.UnicodeScalarView(scalars[start..<at]))
    }

    private mutating func quotedName(_ quote: Unicode.Scalar) throws(JSONPathError) -> String {
        var name = String.UnicodeScalarView()
        while at < scalars.count {
            if take(quote) { return String(name) }
            if take("\\"), at == scalars.count { break }
            name.append(scalars[at])
            at += 1
        }
        throw error("the name does not end")
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard at < scalars.count, scalars[at] == scalar else { return false }
        at += 1
        return true
    }

    private func error(_ message: String) -> JSONPathError { JSONPathError(message: message, offset: at) }
}
