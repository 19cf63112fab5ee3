import JSON
import Testing

@testable import Judgment

@Suite struct RedactorTests {
    private static let email = #"[\w.+-]+@[\w-]+\.[\w.]+"#

    /// Both rounds over documents of one record.
    private func redact(_ rules: [Redactor.Rule], _ documents: String...) throws -> [String] {
        let work = Redaction(try Redactor(rules))
        var trees = try documents.map { try JSONTree.parse($0.utf8) }
        trees = try trees.map { try work.follow($0) }
        return try trees.map { String(decoding: try work.redact($0).encode(), as: UTF8.self) }
    }

    private func redact(_ pattern: String, text: String) throws -> String {
        try Redaction(try Redactor([.regex(pattern)])).redact(text: text)
    }

    // MARK: Patterns

    @Test(arguments: [
        ("ab", "xabyab", "x[redacted]y[redacted]"), ("^a", "aa", "[redacted]a"), ("a$", "aa", "a[redacted]"),
        ("a*", "baaab", "b[redacted]b"), ("ä", "xäy", "x[redacted]y"), ("(?<=k=)\\w+", "k=v w", "k=[redacted] w"),
        ("(?i)SECRET", "a Secret", "a [redacted]"), ("nothing", "here", "here"), ("a", "", ""), ("x?", "äö", "äö"),
        ("a\\Kb", "abab", "a[redacted]a[redacted]"),
    ])
    func `each match of a pattern is replaced`(pattern: String, text: String, expected: String) throws {
        #expect(try redact(pattern, text: text) == expected)
    }

    @Test func `strings, names and numbers are texts; escapes hide nothing`() throws {
        let document = #"{"note":"mail \u0061lice\u0040example.com","alice@example.com":[4111111111111111],"n":7}"#
        #expect(
            try redact([.regex(Self.email), .regex(#"\d{16}"#)], document)
                == [#"{"note":"mail [redacted]","[redacted]":["[redacted]"],"n":7}"#]
        )
    }

    @Test func `JSON inside a text is redacted as JSON, however deep, and stays JSON`() throws {
        let inner = #"{\"to\":\"alice\\u0040example.com\",\"n\":1.50}"#
        #expect(
            try redact([.regex(Self.email)], #"{"arguments":"\#(inner)"}"#)
                == [#"{"arguments":"{\"to\":\"[redacted]\",\"n\":1.50}"}"#]
        )
        // A pattern that reaches across members is still obeyed.
        #expect(
            try redact([.regex(#""ssn":\d+"#)], #"{"content":"{\"ssn\":123,\"a\":1}"}"#)
                == [#"{"content":"{[redacted],\"a\":1}"}"#]
        )
    }

    @Test func `the words of the wire stay, others do not`() throws {
        let document = #"{"messages":[{"role":"user","content":"user content"}],"type":"mine","other":"user"}"#
        #expect(
            try redact([.regex(#"\w+"#)], document) == [
                #"{"messages":[{"role":"user","content":"[redacted] [redacted]"}],"type":"[redacted]","[redacted]":"[redacted]"}"#
            ]
        )
    }

    @Test func `what is redacted already is left alone`() throws {
        #expect(try redact([.regex("a+"), .regex("redact")], #"["xaay"]"#) == [#"["x[redacted]y"]"#])
        #expect(try redact([.regex(".*")], #"["[redacted]"]"#) == [#"["[redacted]"]"#])
    }

    @Test func `a text without a match keeps every byte of its JSON`() throws {
        let inner = #"{ \"a\" : 1.0e0 }"#
        #expect(
            try redact([.regex("zzz"), .jsonPath("$.zzz")], #"{"content":"\#(inner)"}"#) == [
                #"{"content":"\#(inner)"}"#
            ]
        )
    }

    // MARK: Paths

    @Test func `a path leads into the document, and into every text that is one`() throws {
        #expect(
            try redact(
                [.jsonPath("$.email")],
                #"{"email":"a@b.c","content":"{\"email\":[1,2],\"b\":1}","c":{"email":2}}"#
            )
                == [#"{"email":"[redacted]","content":"{\"email\":\"[redacted]\",\"b\":1}","c":{"email":2}}"#]
        )
        #expect(
            try redact([.jsonPath("$..email")], #"{"c":{"email":2},"t":"[{\"email\":3}]"}"#)
                == [#"{"c":{"email":"[redacted]"},"t":"[{\"email\":\"[redacted]\"}]"}"#]
        )
    }

    @Test func `what a path takes out is taken out of every other text of the record`() throws {
        let redacted = try redact(
            [.jsonPath("$.metadata.tenant"), .jsonPath("$.metadata.number")],
            #"{"prompt":"ACME \"x\": find 1234567","n":"ACM"}"#,
            #"{"metadata":{"tenant":"ACME \"x\"","number":1234567,"other":"ACME"}}"#,
            #"["say {\"t\":\"ACME \\\"x\\\"\"} and 12345678"]"#
        )
        #expect(
            redacted == [
                #"{"prompt":"[redacted]: find [redacted]","n":"ACM"}"#,
                #"{"metadata":{"tenant":"[redacted]","number":"[redacted]","other":"ACME"}}"#,
                #"["say {\"t\":\"[redacted]\"} and [redacted]8"]"#,
            ]
        )
    }

    @Test func `values of three bytes are left where they stand elsewhere`() throws {
        #expect(
            try redact([.jsonPath("$.a")], #"{"a":"yes","b":"yes, please"}"#) == [
                #"{"a":"[redacted]","b":"yes, please"}"#
            ]
        )
    }

    // MARK: Limits

    @Test func `a pattern that backtracks without end is a failure, not a leak`() throws {
        let text = String(repeating: "a", count: 40)
        #expect(throws: RedactionFailure.limit("the pattern '(a+)+$'")) {
            try redact("(a+)+$", text: text + "b")
        }
        // Within the limits it is found.
        #expect(try redact("(a+)+$", text: text) == "[redacted]")
    }

    @Test func `a path that looks at too much is a failure`() throws {
        var document = "1"
        for _ in 0..<60 { document = #"{"a":\#(document)}"# }
        #expect(throws: RedactionFailure.limit("a JSON path")) {
            try redact([.jsonPath("$..a..a..a..a..a.b")], document)
        }
    }

    @Test func `a megabyte is no failure`() throws {
        let text = String(repeating: "functions that call malloc, ", count: 40_000)
        let redacted = try redact(Self.email, text: text + "alice@example.com")
        #expect(redacted == text + "[redacted]")
        let many = String(repeating: "a@b.cc ", count: 20_000)
        #expect(try redact(Self.email, text: many) == String(repeating: "[redacted] ", count: 20_000))
    }

    @Test(arguments: [
        (Redactor.Rule.regex("(a"), "missing closing parenthesis at offset 2"),
        (.jsonPath("$.a[?]"), "expected a number, '*' or a name in quotes (at offset 4)"),
    ])
    func `a rule that does not compile says where`(rule: Redactor.Rule, message: String) {
        #expect(throws: RedactionRuleError(message: message)) { try Redactor([rule]) }
    }
}
