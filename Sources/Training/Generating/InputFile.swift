// Inputs from a file: text, one input a line; or JSON lines, one object each:
//
//     {"input": "find my slowest functions", "metadata": {"tenant": "a"}, "expected": "kind:function ..."}
//     {"messages": [{"role": "user", "content": "..."}]}
//
// All lines are read before anything is asked, and every one that is wrong is named: one mistake hides no other.

import JSON
public import Settings

/// The lines of a file as inputs.
public struct InputFile: Sendable {
    public private(set) var inputs: [GivenInput] = []
    public private(set) var problems: [Problem] = []
    /// What was passed over on purpose, in words.
    public private(set) var notes: [String] = []

    public struct Problem: Sendable, Equatable {
        /// From 1.
        public var line: Int
        public var message: String
    }

    /// - Parameter name: of the file: `.jsonl` (or `.json`, `.ndjson`) is JSON lines, everything else text.
    public init(_ bytes: [UInt8], name: String, for route: RouteSettings) {
        var text = bytes[...]
        if text.starts(with: [0xef, 0xbb, 0xbf]) { text = text.dropFirst(3) }
        let isJSON = [".jsonl", ".ndjson", ".json"].contains { name.hasSuffix($0) }
        var unknown: [String: Int] = [:]
        var number = 0
        for bytes in text.split(separator: 0x0a, omittingEmptySubsequences: false) {
            number += 1
            guard var line = String(validating: bytes, as: UTF8.self) else {
                problems.append(Problem(line: number, message: "not UTF-8 (Latin-1, perhaps): save the file as UTF-8"))
                continue
            }
            if line.hasSuffix("\r") { line.removeLast() }
            if line.allSatisfy(\.isWhitespace) { continue }
            do throws(Wrong) {
                let input = isJSON ? try Self.read(line, route, &unknown) : GivenInput(line, for: route)
                if let problem = input.problem { throw Wrong(message: problem) }
                inputs.append(input)
            } catch {
                problems.append(Problem(line: number, message: error.message))
            }
        }
        if inputs.isEmpty, problems.isEmpty { problems.append(Problem(line: 1, message: "the file holds no inputs")) }
        for (name, count) in unknown.sorted(by: { $0.key < $1.key }) {
            notes.append("'\(name)' (on \(count) lines) is not read: there are input, messages, metadata and expected")
        }
    }

    private struct Wrong: Error {
        var message: String
    }

    private static func read(
        _ line: String,
        _ route: RouteSettings,
        _ unknown: inout [String: Int]
    ) throws(Wrong) -> GivenInput {
        let tree: JSONTree
        do throws(JSONError) { tree = try JSONTree.parse(line.utf8) } catch {
            throw Wrong(message: "not JSON: \(error)")
        }
        guard let members = tree.object else { throw Wrong(message: "not a JSON object: {\"input\": \"...\"}") }
        for member in members where !["input", "messages", "metadata", "expected"].contains(member.name) {
            unknown[member.name, default: 0] += 1
        }
        let metadata = tree["metadata"].flatMap { $0.isNull ? nil : $0 }
        let expected = tree["expected"].flatMap(Self.expected)
        switch (tree["input"], tree["messages"]) {
        case (let input?, nil):
            guard let text = input.string, !text.isEmpty else { throw Wrong(message: "'input' must be a text") }
            return GivenInput(text, metadata: metadata, expected: expected, for: route)
        case (nil, let messages?):
            guard messages.array?.isEmpty == false else { throw Wrong(message: "'messages' must be an array") }
            return GivenInput(messages: messages, metadata: metadata, expected: expected, for: route)
        case (.some, .some): throw Wrong(message: "'input' and 'messages': one of them")
        case (nil, nil): throw Wrong(message: "neither 'input' nor 'messages'")
        }
    }

    /// A text, or the JSON that the answer must be.
    private static func expected(_ value: JSONTree) -> String? {
        if value.isNull { return nil }
        return value.string ?? String(decoding: value.encode(), as: UTF8.self)
    }
}
