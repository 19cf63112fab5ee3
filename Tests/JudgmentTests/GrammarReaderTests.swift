import Testing

@testable import Judgment

/// What GBNF is read as, and what is wrong with a grammar, by line and column.
@Suite struct GrammarReaderTests {
    private func problems(_ text: String) -> [String] {
        do throws(GrammarErrors) {
            _ = try GrammarAutomaton.compile(Array(text.utf8))
            return []
        } catch {
            return error.problems.map { problem in
                let hint = problem.suggestion.map { " (\($0)?)" } ?? ""
                return "\(problem.place.line):\(problem.place.column): \(problem.message)\(hint)"
            }
        }
    }

    @Test(arguments: [
        ("", "1:1: there is no rule named root, where a text begins"),
        ("# nothing\n", "1:1: there is no rule named root, where a text begins"),
        ("root = \"a\"", "1:6: expected ::= after root, found '='"),
        ("root ::= \"a\" = \"b\"", "1:14: expected a symbol, '|' or the end of the line, found '='"),
        ("root ::= \"a\"\n  | \"b\"", "2:3: expected a rule's name, found '|'"),
        ("root ::= \"a\" )", "1:14: expected a symbol, '|' or the end of the line, found ')'"),
        ("root ::= (\"a\"\n# ...\n", "1:10: the parenthesis is not closed"),
        ("root ::= (\"a\"\nb ::= \"c\"", "2:3: expected a symbol, '|' or ')', found ':'"),
        ("root ::= * \"a\"", "1:10: there is nothing before it to repeat"),
        ("root ::= \"a\" | ?", "1:16: there is nothing before it to repeat"),
        ("root ::= \"a\"{}", "1:14: expected a number, found '}'"),
        ("root ::= \"a\"{2", "1:15: expected ',' or '}', found the end"),
        ("root ::= \"a\"{2,x}", "1:16: expected a number, found 'x'"),
        ("root ::= \"a\"{3,2}", "1:13: {3,2} asks for at least more than at most"),
        ("root ::= \"a\"{99999999999999999999}", "1:14: is too often"),
        ("é ::= \"a\"", "1:1: expected a rule's name, found 'é'"),
        ("root ::= <think>", "1:10: tokens are not in a text: write its characters"),
        ("root ::= !<[12]>", "1:10: tokens are not in a text: write its characters"),
    ])
    func `a slip in the notation is told by its place`(text: String, expected: String) {
        #expect(problems(text) == [expected])
    }

    @Test(arguments: [
        ("root ::= \"a", "1:10: the literal is not closed on its line (a line break in it is written \\n)"),
        ("root ::= \"a\n\"", "1:10: the literal is not closed on its line (a line break in it is written \\n)"),
        ("root ::= [a\n]", "1:10: the class is not closed on its line (a line break in it is written \\n)"),
        ("root ::= [a-", "1:10: the class is not closed on its line (a line break in it is written \\n)"),
        ("root ::= []", "1:10: the class is empty: no character matches it"),
        ("root ::= [^]", "1:10: the class is empty: no character matches it; any character is written '.'"),
        ("root ::= [^\\x00-\\U0010FFFF]", "1:10: the class leaves no character over"),
        ("root ::= [^\\x00-\\uD7FF\\uE000-\\U0010FFFF]", "1:10: the class leaves no character over"),
        ("root ::= [x z-a]", "1:13: the range runs from 'z' down to 'a'"),
        (
            "root ::= \"é\\q\"",
            "1:12: unknown escape; there are \\n \\r \\t \\\\ \\\" \\[ \\] \\- \\xHH \\uHHHH \\UHHHHHHHH"
        ),
        ("root ::= \"\\x4\"", "1:11: the escape needs 2 hexadecimal digits"),
        ("root ::= \"\\u12\"", "1:11: the escape needs 4 hexadecimal digits"),
        ("root ::= \"\\uD800\"", "1:11: the escape is no Unicode scalar"),
        ("root ::= [\\U00110000]", "1:11: the escape is no Unicode scalar"),
    ])
    func `a character that cannot be is told by its place`(text: String, expected: String) {
        #expect(problems(text) == [expected])
    }

    @Test(arguments: [
        ("root ::= thing\nthings ::= \"a\"", ["1:10: there is no rule named thing (things?)"]),
        ("top ::= \"a\"", ["1:1: there is no rule named root, where a text begins"]),
        ("root ::= \"a\"\n\nroot ::= \"b\"", ["3:1: root is defined twice, first on line 1"]),
        (
            "root ::= a b\na ::= c\na ::= \"x\"",
            [
                "1:12: there is no rule named b", "2:7: there is no rule named c",
                "3:1: a is defined twice, first on line 2",
            ]
        ),
        (
            "root ::= \"a\" | b\nb ::= \"x\" b\nc ::= d\nd ::= c",
            ["b", "c", "d"].enumerated().map {
                "\($0 + 2):1: \($1) derives no finite text: every way through it leads back into a rule"
            }
        ),
        ("root ::= \"a\" | b\nb ::= b", ["2:1: b derives no finite text: every way through it leads back into a rule"]),
        ("root ::= \"a\"? \"b\"?*", []),
        ("root ::= (\"a\"?)*", ["1:16: repeats without end what may be empty"]),
        ("root ::= \"\"+", ["1:12: repeats without end what may be empty"]),
        ("root ::= (s | t){3,} \"x\"\ns ::= t t\nt ::= \"t\" | ", ["1:17: repeats without end what may be empty"]),
    ])
    func `rules that do not fit each other are told, all of them`(text: String, expected: [String]) {
        let expected = text.contains("?*") ? ["1:19: repeats without end what may be empty"] : expected
        #expect(problems(text) == expected)
    }

    @Test func `text that is not UTF-8 is told by its place`() {
        for bytes: [UInt8] in [[0xFF, 0x22], [0xC3]] {
            do throws(GrammarErrors) {
                _ = try GrammarAutomaton.compile(Array("# é\nroot ::= \"".utf8) + bytes)
                Issue.record("the grammar was taken")
            } catch {
                #expect(error.problems.map(\.place) == [GrammarPlace(line: 2, column: 11)])
                #expect(error.problems.map(\.message) == ["is not UTF-8"])
            }
        }
    }

    @Test func `what comes to too many places is refused, not attempted`() {
        let message = "too much is repeated here: a grammar may come to 65536 places"
        #expect(problems("root ::= \"a\"{60000}{60000}") == ["1:1: \(message)"])
        #expect(problems("root ::= x\nx ::= (\"\" \"\"){60000}{60000} \"a\"") == ["2:1: \(message)"])
        let doubling = (0..<40).map { "r\($0) ::= r\($0 + 1) r\($0 + 1)\n" }.joined() + "r40 ::= \"a\"\n"
        // Rules that would be too large as copies are called.
        #expect(problems("root ::= r0\n" + doubling) == [])
        let deep = String(repeating: "(", count: 120) + "\"a\"" + String(repeating: ")", count: 120)
        #expect(problems("root ::= \(deep)") == ["1:110: parentheses are nested too deeply"])
        #expect(problems("root ::= " + String(repeating: "\"a\"? ", count: 40_000)).count == 1)
        #expect(problems(String(repeating: "#", count: 300_000)) == ["1:1: the grammar is larger than 256 KiB"])
        let many = "root ::= " + (0..<5000).map { "r\($0)" }.joined(separator: " ")
        #expect(problems(many) == ["1:23476: is one of more than 4096 rules"])
    }

    @Test func `rules that root does not reach are noted`() throws {
        let compiled = try GrammarAutomaton.compile(Array("root ::= a\nc ::= b\nb ::= \"b\"\na ::= \"a\"".utf8))
        #expect(compiled.warnings.map(\.message) == ["c is not reached from root", "b is not reached from root"])
        #expect(compiled.warnings.map(\.place.line) == [2, 3])
    }

    @Test func `a set is spelt so that one can read it`() throws {
        func spelt(_ part: String) throws -> String {
            try #require(try GrammarReader.read(Array("root ::= \(part)".utf8)).sets.first).description
        }
        #expect(try spelt(#""a""#) == "'a'")
        #expect(try spelt(#""\n""#) == #"'\n'"#)
        #expect(try spelt("[a-z0-9_]") == "[0-9_a-z]")
        #expect(try spelt(#"[^"\\]"#) == #"[^"\\]"#)
        #expect(try spelt(#"[\]\-ab]"#) == #"[\-\]ab]"#)
        #expect(try spelt(".") == "any character")
        #expect(try spelt(#"[\x00-\x1F\u200B😀]"#) == #"[\x00-\x1F\u200B😀]"#)
    }
}
