import JSON
import Testing

@testable import Judgment

@Suite struct JSONPathTests {
    /// The document with an X wherever the path leads.
    private func marked(_ path: String, _ document: String) throws -> String {
        let tree = try JSONTree.parse(document.utf8)
        let marked = try JSONPath(path).replacing(in: tree, visit: { () throws(Never) in }) { _ in .string("X") }
        return String(decoding: marked.encode(), as: UTF8.self)
    }

    @Test(arguments: [
        ("$.a", #"{"a":1,"b":1}"#, #"{"a":"X","b":1}"#),
        ("$.a.b", #"{"a":{"b":{}},"b":1}"#, #"{"a":{"b":"X"},"b":1}"#),
        ("$['a b'].c", #"{"a b":{"c":1}}"#, #"{"a b":{"c":"X"}}"#),
        (#"$["a\"b"]"#, #"{"a\"b":1}"#, #"{"a\"b":"X"}"#),
        ("$.a[*]", #"{"a":[1,[2]]}"#, #"{"a":["X","X"]}"#),
        ("$.a[1]", #"{"a":[1,2]}"#, #"{"a":[1,"X"]}"#),
        ("$[*].b", #"[{"b":1},{"c":1},2]"#, #"[{"b":"X"},{"c":1},2]"#),
        ("$.*.b", #"{"a":{"b":1},"c":{"b":1}}"#, #"{"a":{"b":"X"},"c":{"b":"X"}}"#),
        ("$..b", #"{"b":1,"a":[{"b":{"b":1}},{"c":{"b":1}}]}"#, #"{"b":"X","a":[{"b":"X"},{"c":{"b":"X"}}]}"#),
        ("$..a.b", #"{"a":{"b":1,"a":{"b":1}}}"#, #"{"a":{"b":"X","a":{"b":"X"}}}"#),
        ("$..a[*]..b", #"{"a":[{"x":{"b":1}}]}"#, #"{"a":[{"x":{"b":"X"}}]}"#),
        ("$.größe", #"{"größe":1}"#, #"{"größe":"X"}"#),
        ("$.a", #"{"a":1,"a":2}"#, #"{"a":"X","a":"X"}"#),
        ("$.a", "[1]", "[1]"), ("$[0]", #"{"0":1}"#, #"{"0":1}"#), ("$.a.b", #"{"a":"b"}"#, #"{"a":"b"}"#),
        ("$.a", "1.50", "1.50"),
    ])
    func `a path leads where RFC 9535 says`(path: String, document: String, expected: String) throws {
        #expect(try marked(path, document) == expected)
    }

    @Test(arguments: [
        ("", "a path begins with $, the document: '$.email'", 0),
        ("email", "a path begins with $, the document: '$.email'", 0),
        ("$", "$ alone is the whole document: name something in it", 1), ("$.", "expected a name", 2),
        ("$.a.", "expected a name", 4), ("$x", "expected '.' or '['", 1), ("$..", "expected a name", 3),
        ("$..*", "expected a name; other names are written ['so']", 3),
        ("$[-1]", "expected a number, '*' or a name in quotes", 2),
        ("$[0:2]", "expected ']': slices, unions and filters are not supported", 3),
        ("$[0,1]", "expected ']': slices, unions and filters are not supported", 3),
        ("$[?@.a]", "expected a number, '*' or a name in quotes", 2), ("$['a", "the name does not end", 4),
        ("$['a\\", "the name does not end", 5), ("$.a b", "expected '.' or '['", 3),
    ])
    func `what is not of the language is told with its place`(path: String, message: String, offset: Int) {
        #expect(throws: JSONPathError(message: message, offset: offset)) { try JSONPath(path) }
    }
}
