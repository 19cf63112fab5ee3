import Testing

@testable import Simulation

@Suite struct CodeReaderTests {
    static let samples: [(String, String)] = [
        (
            "func sum(_ list: [Int]) -> Int { list.isEmpty ? 0 : list[0] + sum(Array(list.dropFirst())) }",
            #"{"language": "swift", "kind": "function", "traits": ["recursive", "pure", "allocates"]}"#
        ),
        (
            "    async def fetch(self):\n        return await self.client.requests.get(self.url)",
            #"{"language": "python", "kind": "method", "traits": ["asynchronous", "network"]}"#
        ),
        (
            "int load(const char *path) {\n  FILE *f = fopen(path, \"r\");\n  return f != NULL;\n}",
            #"{"language": "c", "kind": "function", "traits": ["reads-files"]}"#
        ),
        ("#!/usr/bin/env bash\nsleep 5\n", #"{"language": "shell", "kind": "script", "traits": ["blocking"]}"#),
        (
            "@Test func readsTheEnd() { #expect(parse(\"a\") == nil) }",
            #"{"language": "swift", "kind": "test", "traits": ["parses-input"]}"#
        ),
        ("protocol Clock { func now() -> Int }", #"{"language": "swift", "kind": "protocol", "traits": []}"#),
        ("", #"{"language": "text", "kind": "script", "traits": []}"#),
    ]

    @Test(arguments: samples)
    func `code has the characteristics that its words tell`(code: String, line: String) throws {
        #expect(CodeReader.read(code).line == line)
        #expect(
            Job.traits.right(for: "An example.\n\nCode:\nx\nCharacteristics:\n{}\n\nCode:\n\(code)\nCharacteristics:\n")
                == line
        )
        #expect(CodeSearch.objection(to: line, by: try CodeSearch.schema()) == nil)
    }

    @Test func `its labels are those of the example's schema`() throws {
        let schema = try CodeSearch.schema()
        for kind in Characteristics.kinds {
            let line = Characteristics(language: "swift", kind: kind, traits: Characteristics.labels).line
            #expect(CodeSearch.objection(to: line, by: schema) == nil)
        }
    }

    @Test func `what it gets wrong is of the schema, and what it gets into another format is not`() throws {
        let schema = try CodeSearch.schema()
        for (code, line) in Self.samples {
            let mistakes = CodeReader.read(code).mistakes
            for wrong in mistakes.wrong { #expect(CodeSearch.objection(to: wrong, by: schema) == nil, "\(wrong)") }
            for other in mistakes.unreadable { #expect(CodeSearch.objection(to: other, by: schema) != nil, "\(other)") }
            #expect(!mistakes.wrong.contains(line))
        }
    }
}
