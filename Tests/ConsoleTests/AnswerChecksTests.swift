import JSON
import Judgment
import Settings
import Testing

@testable import Console

/// What is said of an answer while it is written.
struct AnswerChecksTests {
    private func checked(_ text: String, route: String) throws -> JSONTree {
        var writer = JSONWriter()
        AnswerChecks(text, judge: try sampleSettings().routes[route]?.judge).write(to: &writer)
        return try JSONTree.parse(writer.bytes)
    }

    @Test func `every check says what it thinks`() throws {
        let good = try checked("kind:file", route: "search")
        #expect(good["passes"]?.bool == true)
        #expect(good["checks"]?.array?.compactMap { $0["name"]?.string } == ["finished", "regex"])
        let bad = try checked("kind:file!", route: "search")
        #expect(bad["passes"]?.bool == false)
        #expect(bad["checks"]?.array?.map { $0["passes"]?.bool } == [true, false])
    }

    @Test func `a failure's place is told in lines and columns, and in the units of scripts`() throws {
        // One character outside the basic plane: two units of UTF-16, one column.
        let place = try checked("[\"\u{1F600}\",\n\"a\" 1]", route: "facts")["checks"]?[0]?["place"]
        #expect(place?["line"]?.int == 2)
        #expect(place?["column"]?.int == 5)
        #expect(place?["index"]?.int == 11)
        let end = try checked("[1,", route: "facts")["checks"]?[0]?["place"]
        #expect(end?["index"]?.int == 3)
    }

    @Test func `a place inside a character is where the character begins`() throws {
        let place = try checked("kind:\u{e9}", route: "search")["checks"]?[1]?["place"]
        #expect(place?["index"]?.int == 5)
    }

    @Test func `a route that the settings have no more has no checks`() throws {
        #expect(try checked("anything", route: "gone")["passes"]?.bool == true)
    }
}
