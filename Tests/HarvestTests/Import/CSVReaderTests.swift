import Testing

@testable import Harvest

@Suite struct CSVReaderTests {
    private func rows(_ text: String) throws -> [CSVReader.Row] {
        var reader = CSVReader(Array(text.utf8)[...])
        var rows: [CSVReader.Row] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    private func fields(_ text: String) throws -> [[String]] { try rows(text).map(\.fields) }

    @Test func `fields between quotes hold separators, line ends and quotes`() throws {
        #expect(
            try fields("a,b\r\n\"1,2\",\"x\"\"y\"\n\"line\none\",\"\"\n,\n") == [
                ["a", "b"], ["1,2", "x\"y"], ["line\none", ""], ["", ""],
            ]
        )
        #expect(try fields("a\rb,c") == [["a\rb", "c"]])
        #expect(try fields("").isEmpty)
        #expect(try fields("\n\r\n").isEmpty)
    }

    @Test func `rows know their line, also after a field of several`() throws {
        #expect(try rows("a,b\n\"1\n2\n3\",x\n\n4,5").map(\.line) == [1, 2, 6])
        #expect(try rows("a,b\r\n1,2\r\n3,4").map(\.line) == [1, 2, 3])
    }

    @Test func `semicolons and tabs separate where the first line has no comma`() throws {
        #expect(try fields("a;b\n1,5;2") == [["a", "b"], ["1,5", "2"]])
        #expect(try fields("a\tb\n1;2\t3") == [["a", "b"], ["1;2", "3"]])
    }

    @Test(arguments: [
        ("a,b\n1,2\"3\n", 2, "a quote inside a field"), ("a,b\n\"1\"2,3\n", 2, "text after the closing quote"),
        ("a,b\nx,y\n\"1,2\n3,4\n", 3, "a quote that is never closed"),
    ])
    func `a quote that is out of place is told with its line`(text: String, line: Int, words: String) {
        do {
            _ = try rows(text)
            Issue.record("it was read")
        } catch let problem as CSVReader.Problem {
            #expect(problem.line == line)
            #expect(problem.message.hasPrefix(words))
        } catch {
            Issue.record("\(error)")
        }
    }
}
