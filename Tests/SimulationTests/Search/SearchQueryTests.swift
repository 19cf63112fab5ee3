import Testing

@testable import Simulation

@Suite struct SearchQueryTests {
    @Test("terms are written in the order of the fields, whatever the order they were read in")
    func order() {
        var query = SearchQuery()
        query.limit = 5
        query.sort = .init(field: .lines, descending: true)
        query.add(.changed, .under, "7d")
        query.add(.kind, .equal, "file")
        query.add(.path, .equal, "Tests/*", negated: true)
        query.add(.kind, .equal, "file")
        #expect(query.line == "kind:file -path:Tests/* changed<7d sort:-lines limit:5")
    }

    static let values: [(String, String)] = [
        ("parse*", "parse*"), ("a b", #""a b""#), ("", #""""#), (#"say "x\""#, #""say \"x\\\"""#), ("é", #""é""#),
        ("c++", "c++"),
    ]

    @Test("a value is quoted where it has to be", arguments: values)
    func quoting(value: String, spelt: String) {
        #expect(SearchQuery.spelt(value) == spelt)
    }
}
