import JSON

/// What is wrong with a script file, and where: `models.small.faults[0]: unknown key "sttus"`.
public struct ScriptError: Error, Equatable, CustomStringConvertible {
    public var path: String
    public var message: String

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

/// Members of one JSON object of a script: each is read once, and what is left over is a misspelt key.
struct ScriptReader {
    let path: String
    private let members: [JSONTree.Member]
    private var read: Set<String> = []

    init(_ tree: JSONTree, at path: String) throws(ScriptError) {
        guard case .object(let members) = tree else { throw ScriptError(path: path, message: "an object was expected") }
        self.path = path
        self.members = members
    }

    var names: [String] { members.map(\.name) }

    func at(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    mutating func value(_ name: String) -> JSONTree? {
        read.insert(name)
        return members.last { $0.name == name }?.value
    }

    mutating func text(_ name: String) throws(ScriptError) -> String? {
        try member(name, "a text") { $0.string }
    }

    mutating func flag(_ name: String) throws(ScriptError) -> Bool? {
        try member(name, "true or false") { $0.bool }
    }

    mutating func integer(_ name: String, atLeast least: Int = 0) throws(ScriptError) -> Int? {
        try member(name, "an integer of \(least) or more") { tree in tree.int.flatMap { $0 >= least ? $0 : nil } }
    }

    mutating func number(_ name: String) throws(ScriptError) -> Double? {
        try member(name, "a number") { $0.double }
    }

    mutating func milliseconds(_ name: String) throws(ScriptError) -> Duration? {
        try member(name, "milliseconds, 0 or more") { tree in
            tree.double.flatMap { $0 >= 0 && $0 < 1e9 ? .microseconds(Int($0 * 1000)) : nil }
        }
    }

    mutating func numbers(_ name: String) throws(ScriptError) -> [Double]? {
        try member(name, "a list of numbers") { tree in
            tree.array.flatMap { list in
                let numbers = list.compactMap(\.double)
                return numbers.count == list.count ? numbers : nil
            }
        }
    }

    mutating func texts(_ name: String) throws(ScriptError) -> [String]? {
        try member(name, "a list of texts") { tree in
            tree.array.flatMap { list in
                let texts = list.compactMap(\.string)
                return texts.count == list.count ? texts : nil
            }
        }
    }

    mutating func list<Element>(
        _ name: String,
        _ make: (JSONTree, String) throws(ScriptError) -> Element
    ) throws(ScriptError) -> [Element]? {
        guard let list = try member(name, "a list", { $0.array }) else { return nil }
        var elements: [Element] = []
        for (index, tree) in list.enumerated() { elements.append(try make(tree, "\(at(name))[\(index)]")) }
        return elements
    }

    func finish() throws(ScriptError) {
        if let unknown = members.first(where: { !read.contains($0.name) }) {
            throw ScriptError(
                path: path,
                message: "unknown key \"\(unknown.name)\"; known: \(read.sorted().joined(separator: ", "))"
            )
        }
    }

    private mutating func member<Value>(
        _ name: String,
        _ expected: String,
        _ read: (JSONTree) -> Value?
    ) throws(ScriptError) -> Value? {
        guard let tree = value(name) else { return nil }
        guard let value = read(tree) else { throw ScriptError(path: at(name), message: "\(expected) was expected") }
        return value
    }
}
