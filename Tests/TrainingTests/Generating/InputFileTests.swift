import Settings
import Testing

@testable import Training

struct InputFileTests {
    private let route: RouteSettings

    init() throws { route = try TestFolder().settings(at: "http://127.0.0.1:1/v1").job }

    private func read(_ text: String, _ name: String) -> InputFile {
        InputFile(Array(text.utf8), name: name, for: route)
    }

    @Test func `a text is one input a line`() {
        let file = read("\u{feff}find it\r\n\n  \nand \"that\"\n", "inputs.txt")
        #expect(file.problems.isEmpty)
        #expect(file.inputs.map(\.text) == ["find it", "and \"that\""])
    }

    @Test func `JSON lines have inputs or messages, metadata and what is expected`() {
        let file = read(
            """
            {"input": "one", "metadata": {"tenant": "a"}, "expected": "yes"}
            {"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "two"}], "expected": {"a": 1}}

            """,
            "inputs.jsonl"
        )
        #expect(file.problems.isEmpty)
        #expect(file.inputs.map(\.text) == ["one", "two"])
        #expect(file.inputs.map(\.expected) == ["yes", #"{"a":1}"#])
        #expect(String(decoding: file.inputs[0].request, as: UTF8.self).hasSuffix(#""metadata":{"tenant":"a"}}"#))
    }

    @Test func `every line that is wrong is named`() {
        let file = read(
            """
            {"input": "one"
            {"input": "fine"}
            {"input": 7}
            {}
            {"input": "a", "messages": []}
            {"messages": [{"role": "nobody", "content": "x"}]}
            {"input": "x", "expcted": "y"}
            """,
            "a.jsonl"
        )
        #expect(file.problems.map(\.line) == [1, 3, 4, 5, 6])
        #expect(file.notes.count == 1)
        #expect(file.notes[0].contains("'expcted'"))
        #expect(read("\n \n", "a.txt").problems.count == 1)
    }
}
