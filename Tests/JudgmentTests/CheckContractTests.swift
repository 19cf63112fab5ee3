import Completions
import Foundation
import Testing

@testable import Judgment

/// What every check promises (`FormatCheck`, `CheckRun`), held against every check there is: a new one needs samples.
@Suite struct CheckContractTests {
    static let schema = """
        {
          "type": "object",
          "properties": {
            "tags": { "type": "array", "items": { "enum": ["recursive", "slow"] }, "maxItems": 2 },
            "name": { "type": "string", "maxLength": 4, "pattern": "^[a-zé]+$" },
            "lines": { "type": "integer", "minimum": 1 }
          },
          "required": ["tags"],
          "additionalProperties": false
        }
        """

    static let samples: [String: [CheckOptions]] = [
        "finished": [.absent],
        "max_chars": [.number("0"), .number("3"), .mapping([.init("characters", .number("12"))])],
        "min_chars": [.number("0"), .number("3")],
        "one_of": [
            .list([.string("slow"), .string("slow recursive"), .string("é")]),
            .mapping([.init("values", .list([.string("Slow")])), .init("case", .string("ignore"))]),
            .mapping([.init("values", .list([.string(" a"), .string("b ")])), .init("trim", .bool(false))]),
        ],
        "regex": [
            .string("^[a-z ]+$"), .string("slow"), .string("^(?!.*bad)[a-zé]{2,6}( [a-z]+)?$"), .string("^$|^é+$"),
            .string(#"^(a|ab)(c|bcd)\b(d*)$"#), .string("^(?>a|ab)c$"), .string(#"\Aab(?=c$)c\z"#),
        ],
        "json": [.absent],
        "grammar": [.string("words.gbnf"), .mapping([.init("file", .string("lists.gbnf"))])],
        "json_schema": [.string("schema.json"), .mapping([.init("file", .string("schema.json"))])],
    ]

    static let files: [String: String] = [
        "schema.json": schema,
        "words.gbnf": #"root ::= " "? [a-zé]{1,6} (" " [a-z]+)*"#,
        "lists.gbnf": """
        root ::= "[" (value ("," " "? value)*)? "]" | "{" "\\"" [a-z]+ "\\":" root "}"
        value ::= [0-9] | root
        """,
    ]

    static let texts: [String] = [
        "", "a", "ab", "abc", "abcd", "abbcd", "ac", "slow", " slow ", "slow recursive", "Slow", "SLOW\n", "slo",
        "slower",
        "é", "éé", "ée", " a", "b ", "b", "not bad", "bad", "good one", "good one two", "1", "-", "-1", "1.5e3", "1e",
        "true", "truth", "null ", "[]", "[1,]", "[1, 2]", "{}", #"{"a":1}"#, #"{"a":1,"a":2}"#, #"{"a":1,"#,
        #"{"tags":[]}"#, #"{"tags":["slow"]}"#, #"{"tags":["slow","recursive"],"name":"né","lines":3}"#,
        #"{"tags":["slow","recursive","slow"]}"#, #"{"tags":["slower"]}"#, #"{"tags":[],"name":"abcde"}"#,
        #"{"tags":[],"name":"A"}"#, #"{"tags":[],"lines":1.5}"#, #"{"tags":[],"lines":1.0}"#, #"{"tags":[],"lines":0}"#,
        #"{"tags":[],"other":1}"#, #"{"name":"a"}"#, #"{"tags":"slow"}"#, #"{"tags":[]} x"#,
        "{\"tags\":[\"sl\\u006fw\"]}",
    ]

    static func make(_ name: String, _ options: CheckOptions) throws -> any FormatCheck {
        try KnownChecks.make(name, options: options) { Array((files[$0] ?? "").utf8) }
    }

    @Test(arguments: KnownChecks.names)
    func theCheckKeepsItsPromises(_ name: String) throws {
        let options = try #require(Self.samples[name], "a check needs samples here")
        for option in options {
            try hold(try Self.make(name, option))
        }
    }

    private func hold(_ check: some FormatCheck) throws {
        var passes: [String: Bool] = [:]
        for text in Self.texts {
            let bytes = Array(text.utf8)
            let whole = bytes.withUnsafeBufferPointer { check.judge($0, ending: .stop, scratch: JudgingScratch()) }
            passes[text] = whole.passes
            for pieces in [1, 2, 3, 5] {
                #expect(judged(check, bytes, pieces: pieces).ruling == whole, "\(text) in pieces of \(pieces)")
                let asked = judged(check, bytes, pieces: pieces, asking: true).ruling
                #expect(asked.passes == whole.passes, "\(text) in pieces of \(pieces), asked about")
            }
        }
        // Some text passes and some fails, or the samples say nothing.
        if !(check is FinishedCheck) { #expect(passes.values.contains(true)) }
        for text in Self.texts {
            for length in 1...max(1, text.utf8.count) {
                let prefix = Array(text.utf8.prefix(length))
                let scratch = JudgingScratch()
                var run = check.begin()
                let refuted = prefix.withUnsafeBufferPointer { soFar in
                    run.take(soFar, scratch: scratch)
                    return run.viability(soFar, scratch: scratch) != .pass
                }
                guard refuted else { continue }
                for other in Self.texts where Array(other.utf8.prefix(length)) == prefix {
                    #expect(passes[other] == false, "\(other) passes, but its first \(length) bytes are refuted")
                }
            }
        }
    }

    @Test func unknownOptionsAreNamed() throws {
        for name in KnownChecks.names {
            #expect(throws: CheckError.self, "\(name)") {
                try Self.make(name, .mapping([.init("nonsense", .number("1"))]))
            }
            do {
                _ = try Self.make(name, .mapping([.init("nonsense", .number("1"))]))
            } catch let error as CheckError {
                #expect(error.check == name)
                #expect(error.path == ["nonsense"])
            }
        }
    }

    @Test func aMisspeltCheckIsSuggested() throws {
        func message(_ name: String) -> CheckError? {
            do throws(CheckError) {
                _ = try KnownChecks.make(name, options: .absent) { _ in [] }
                return nil
            } catch { return error }
        }
        #expect(message("gramar")?.suggestion == "grammar")
        #expect(message("finishd")?.suggestion == "finished")
        #expect(message("json_shema")?.suggestion == "json_schema")
        #expect(message("zzzzzzzz")?.suggestion == nil)
    }
}
