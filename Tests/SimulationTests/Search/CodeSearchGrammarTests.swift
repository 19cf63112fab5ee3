import Testing

@testable import Simulation

@Suite struct CodeSearchGrammarTests {
    @Test func `every line that the language has a spelling for is of its grammar`() throws {
        let check = try CodeSearch.grammar()
        var random = SplitMix(seed: 1)
        func number() -> String { "\(Int.random(in: 0...2000, using: &random))" }
        func one(_ choices: String...) -> String { choices.randomElement(using: &random) ?? "" }
        let names = [
            "parse*", "*Buffer*", "Sources/Loop/*", "me", "a b", "say \"hi\"", "C:\\x", "naïve", "日本", "-x", "c++",
        ]
        for _ in 0..<3000 {
            var query = SearchQuery()
            for field in SearchQuery.Field.allCases where Int.random(in: 0..<4, using: &random) == 0 {
                var comparison = SearchQuery.Comparison.equal
                let value: String
                switch field {
                case .kind: value = one("function", "method", "class", "struct", "enum", "protocol", "file", "test")
                case .language: value = one("swift", "c++", "objective-c", "c#", "f90")
                case .path, .name, .calls, .author: value = names.randomElement(using: &random) ?? ""
                case .recursive: value = one("true", "false")
                case .complexity, .lines, .tests: value = number()
                case .duration: value = number() + one("", ".5") + one("us", "ms", "s")
                case .changed: value = number() + one("h", "d", "w", "y")
                }
                if [.complexity, .duration, .lines, .tests, .changed].contains(field) {
                    comparison = [.equal, .over, .atLeast, .under, .atMost].randomElement(using: &random) ?? .equal
                }
                let negated = Int.random(in: 0..<4, using: &random) == 0
                query.terms.append(.init(field: field, comparison: comparison, value: value, negated: negated))
            }
            if Int.random(in: 0..<2, using: &random) == 0 {
                let field = SearchQuery.Field.allCases.randomElement(using: &random) ?? .lines
                query.sort = .init(field: field, descending: Int.random(in: 0..<2, using: &random) == 0)
            }
            if query.isEmpty || Int.random(in: 0..<2, using: &random) == 0 { query.limit = Int(number()) }
            #expect(CodeSearch.objection(to: query.line, by: check) == nil, "\(query.line)")
        }
    }

    @Test(arguments: [
        ("", "at 0: found end"),
        ("These are the functions that call malloc:", "at 0: found 'T'"),
        ("SELECT * WHERE NOT path = 'Tests/*'", "at 0: found 'S'"),
        ("kind:function ", "at 14: found end"),
        ("kind:function  limit:10", "at 14: found ' '"),
        ("kind:functions", "at 13: found 's', expected one of: ' ', end"),
        ("kind:function\n", "at 13: found '\\n'"),
        ("kind:function limit:10 sort:lines", "at 22: found ' ', expected one of: [0-9], end"),
        ("complexity:high", "at 11: found 'h', expected [0-9]"),
        ("duration>20", "at 11: found end"),
        ("kind>function", "at 4: found '>', expected ':'"),
        ("name:\"a", "at 7: found end"),
        ("name:\"\"", "at 6: found '\"'"),
        ("changed<7m", "at 9: found 'm'"),
        ("recursive:yes", "at 10: found 'y', expected one of: 'f', 't'"),
    ])
    func `what is not of the language is refused where it leaves it`(line: String, words: String) throws {
        let objection = try #require(CodeSearch.objection(to: line, by: try CodeSearch.grammar()))
        #expect(objection.hasPrefix(words), "\(objection)")
    }
}
