import Foundation
import Testing

@testable import Simulation

@Suite struct QuestionReaderTests {
    /// Questions and the lines that they mean.
    static let lines: [(String, String)] = [
        ("find me my slowest recursive functions", "kind:function recursive:true sort:-duration limit:10"),
        ("Find me my longest recursive functions.", "kind:function recursive:true sort:-lines limit:10"),
        ("the 3 slowest functions in Sources/Loop", "kind:function path:Sources/Loop/* sort:-duration limit:3"),
        ("show the slowest function", "kind:function sort:-duration limit:1"),
        ("top five most complex methods in Swift", "kind:method language:swift sort:-complexity limit:5"),
        ("functions slower than 20 ms", "kind:function duration>20ms"),
        ("functions that take at least 1.5 seconds", "kind:function duration>=1.5s"),
        ("methods faster than 100us", "kind:method duration<100us"),
        ("functions longer than 100 lines", "kind:function lines>100"),
        ("structs with more than 3 tests", "kind:struct tests>3"),
        ("functions with complexity over 10", "kind:function complexity>10"),
        ("functions without tests", "kind:function tests:0"),
        ("untested classes", "kind:class tests:0"),
        ("classes that are not covered by tests", "kind:class tests:0"),
        ("classes that are not tested by Fatima", "kind:class tests:0 author:fatima"),
        ("functions covered by tests by Bob", "kind:function tests>0 author:bob"),
        ("tested python functions", "kind:function language:python tests>0"),
        ("functions that call malloc", "kind:function calls:malloc"),
        ("functions calling `redisCommand()` in C", "kind:function language:c calls:redisCommand"),
        ("functions that call themselves", "kind:function recursive:true"),
        ("non-recursive functions", "kind:function recursive:false"),
        ("functions that are not recursive", "kind:function recursive:false"),
        ("functions named parse", "kind:function name:parse"),
        ("protocols whose names start with HTTP", "kind:protocol name:HTTP*"),
        ("enums ending with Error", "kind:enum name:*Error"),
        ("structs whose name contains \"Cache Key\"", "kind:struct name:\"*Cache Key*\""),
        ("files changed in the last week", "kind:file changed<1w"),
        ("files that have been changed in the last 7 days", "kind:file changed<7d"),
        ("files changed today", "kind:file changed<1d"),
        ("functions not changed for 6 months", "kind:function changed>180d"),
        ("functions modified more than 2 years ago", "kind:function changed>2y"),
        ("functions written by Alice", "kind:function author:alice"),
        ("functions I wrote", "kind:function author:me"),
        ("bob's longest methods", "kind:method author:bob sort:-lines limit:10"),
        ("functions not in Tests/", "kind:function -path:Tests/*"),
        ("slowest functions except in Swift", "kind:function -language:swift sort:-duration limit:10"),
        ("everything under the deploy folder", "path:deploy/*"),
        ("functions in Loop.swift", "kind:function path:*Loop.swift"),
        ("methods sorted by complexity", "kind:method sort:-complexity"),
        ("classes sorted by name, first 20", "kind:class sort:name limit:20"),
        ("oldest files", "kind:file sort:-changed limit:10"),
        ("most recently changed files", "kind:file sort:changed limit:10"),
        ("least tested functions", "kind:function sort:tests limit:10"),
        ("10 longest running c++ functions", "kind:function language:c++ sort:-duration limit:10"),
        ("hippopotamus", "name:*hippopotamus*"),
        ("", "name:*"),
    ]

    @Test("a question becomes the line that it means", arguments: lines)
    func reads(question: String, line: String) {
        #expect(QuestionReader.read(question).line == line)
    }

    @Test("what the example's page and prompt say that questions mean, they mean")
    func documented() throws {
        let page = try String(contentsOf: CodeSearch.directory.appending(path: "README.md"), encoding: .utf8)
        let prompt = try String(
            contentsOf: CodeSearch.directory.appending(path: "code-search.large.mustache"),
            encoding: .utf8
        )
        let table = page.split(separator: "| question | line |")[1].split(separator: "\n\n")[0]
        let rows = table.split(separator: "\n").dropFirst()
            .map { $0.dropFirst(2).dropLast(3).split(separator: " | `").map(String.init) }
        let taught = prompt.split(separator: "\n\n").filter { $0.hasPrefix("Question: ") && !$0.contains("{{input}}") }
            .map { $0.dropFirst(10).split(separator: "\nQuery: ").map(String.init) }
        #expect(rows.count >= 8 && taught.count >= 8)
        for pair in rows + taught { #expect(QuestionReader.read(pair[0]).line == pair[1], "\(pair[0])") }
    }

    @Test("the spelling of a question does not change its meaning")
    func spellings() {
        let line = QuestionReader.read("find me my slowest recursive functions").line
        for question in [
            "What are my slowest recursive functions?", "SLOWEST RECURSIVE FUNCTIONS",
            "show me the recursive functions that are slowest",
        ] {
            #expect(QuestionReader.read(question).line == line)
        }
    }

    @Test("whatever is asked, the answer is a line of the language")
    func alwaysInTheLanguage() throws {
        let check = try CodeSearch.grammar()
        let words = Self.lines.flatMap { $0.0.split(separator: " ") }
        for seed in 0..<300 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            let question = (0..<Int.random(in: 1...14, using: &random))
                .map { _ in words.randomElement(using: &random)! }.joined(separator: " ")
            let line = QuestionReader.read(question).line
            #expect(CodeSearch.objection(to: line, by: check) == nil, "\(question) became \(line)")
        }
    }
}
