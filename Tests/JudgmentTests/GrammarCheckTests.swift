import Testing

@testable import Judgment

/// The words of a failure, what bytes do, and the option.
@Suite struct GrammarCheckTests {
    @Test(arguments: [
        (#"root ::= "limit:" [0-9]+"#, "limit:7x", "at 7: found 'x', expected one of: [0-9], end"),
        (#"root ::= "limit:" [0-9]+"#, "lamit", "at 1: found 'a', expected 'i'"),
        (#"root ::= "limit:" [0-9]+"#, "limit:", "at 6: found end, expected [0-9]"),
        (#"root ::= "é" ("a" | "b" | [^\n])"#, "é\n", #"at 1: found '\n', expected one of: [^\n], 'a', 'b'"#),
        (#"root ::= "a""#, "ab", "at 1: found 'b', expected end"),
        ("root ::= x\nx ::= \"(\" x \")\" | \"a\"", "((a)]", "at 4: found ']', expected ')'"),
        (
            #"root ::= [a] | [b] | [c] | [d] | [e] | [f] | [g] | [h] | [i] | [j] | [k] | [l] | [m] | """#, "z",
            "at 0: found 'z', expected one of: 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 1 more, end"
        ),
    ])
    func `a failure says where, what was found and what was expected`(grammar: String, text: String, words: String)
        throws
    {
        for determines in [true, false] {
            #expect(try GrammarText(grammar, determines: determines).judge(text) == .fail(words))
        }
    }

    @Test func `bytes that are no text fail where they are`() throws {
        let grammar = try GrammarText("root ::= .*")
        let half = Array("aé".utf8.dropLast())
        #expect(grammar.objection(half) == .fail("at 1: found half a character, expected one of: any character, end"))
        for bytes: [UInt8] in [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3, 0x28], [0x80],
        ] {
            let words = "at 1: found bytes that are not UTF-8, expected one of: any character, end"
            #expect(grammar.objection([0x61] + bytes) == .fail(words), "\(bytes)")
        }
        #expect(grammar.accepts("\u{0}\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}"))
    }

    @Test func `a text of plain characters may be as long as the budget says`() throws {
        let grammar = try GrammarText("root ::= [a-z]*")
        #expect(grammar.objection(repeatElement(UInt8(ascii: "a"), count: 2 * StepBudget.steps)) == .pass)
        let longer = repeatElement(UInt8(ascii: "a"), count: 2 * StepBudget.steps + 1)
        #expect(grammar.objection(longer) == .limit("reading the text by the grammar took too many steps"))
    }

    @Test func `a prefix is refuted at its first hopeless character`() throws {
        let check = try #require(
            try KnownChecks.make("grammar", options: .string("g.gbnf")) { _ in Array(#"root ::= "é" [0-9]+"#.utf8) }
                as? GrammarCheck
        )
        var run = check.begin()
        let scratch = JudgingScratch()
        func isRefuted(after bytes: [UInt8]) -> Bool {
            bytes.withUnsafeBufferPointer {
                run.take($0, scratch: scratch)
                return run.viability($0, scratch: scratch) != .pass
            }
        }
        #expect(!isRefuted(after: [0xC3]))
        #expect(!isRefuted(after: [0xA9]))
        #expect(!isRefuted(after: Array("12".utf8)))
        #expect(isRefuted(after: Array("x".utf8)))
        #expect(isRefuted(after: Array("3".utf8)))
    }

    @Test func `what is wrong with the file comes with its places`() {
        do throws(CheckError) {
            _ = try KnownChecks.make("grammar", options: .string("g.gbnf")) { _ in Array("root ::= a b".utf8) }
            Issue.record("the grammar was taken")
        } catch {
            #expect(error.file == "g.gbnf")
            #expect(error.line == 1)
            #expect(error.column == 10)
            #expect(error.message == "there is no rule named a")
            #expect(error.more.map(\.column) == [12])
        }
    }
}
