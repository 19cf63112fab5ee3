import Completions
import Testing

@testable import Judgment

/// Where a text that a person writes goes wrong, for every kind of check.
struct TextFindingTests {
    private func finding(_ name: String, _ options: CheckOptions = .absent, in text: String) throws -> TextFinding {
        try #require(Judge(checks: [try check(name, options)]).findings(in: Array(text.utf8)).first)
    }

    @Test func `a text that passes has no place`() throws {
        for (name, options, text) in [
            ("json", CheckOptions.absent, #"{"a": 1}"#), ("max_chars", .number("4"), "abcd"),
            ("regex", .string("^a+$"), "aaa"), ("finished", .absent, ""),
        ] {
            let finding = try finding(name, options, in: text)
            #expect((finding.name, finding.passes, finding.offset) == (name, true, nil))
        }
    }

    @Test func `the place is the first byte after which nothing can be right any more`() throws {
        for (name, options, text, offset) in [
            ("json", CheckOptions.absent, #"{"a" 1}"#, 5), ("json", .absent, #"{"a": tru}"#, 9),
            ("max_chars", .number("4"), "abcdef", 4), ("one_of", .list([.string("cat"), .string("cow")]), "cup", 1),
            ("regex", .string("^a+$"), "aab", 2),
        ] {
            let finding = try finding(name, options, in: text)
            #expect((finding.passes, finding.offset) == (false, offset), "\(name) \(text)")
        }
    }

    @Test func `where something is missing the place is the end`() throws {
        for (name, options, text) in [
            ("json", CheckOptions.absent, #"{"a": [1, 2"#), ("min_chars", .number("4"), "abc"),
            ("one_of", .list([.string("category")]), "cat"), ("regex", .string("^a+b$"), "aa"), ("json", .absent, ""),
        ] {
            let finding = try finding(name, options, in: text)
            #expect((finding.passes, finding.offset) == (false, text.utf8.count), "\(name) \(text)")
        }
    }

    @Test func `every check is asked, also behind one that fails`() throws {
        let judge = Judge(checks: [try check("json"), try check("max_chars", .number("3")), try check("finished")])
        let findings = judge.findings(in: Array("nonsense".utf8))
        #expect(findings.map(\.name) == ["json", "max_chars", "finished"])
        #expect(findings.map(\.passes) == [false, false, true])
        #expect(findings.map(\.offset) == [1, 3, nil])
    }

    @Test func `a list of labels is told in its own order and spelling`() throws {
        let labels = CheckOptions.mapping([
            .init("values", .list([.string("Red"), .string("Blue")])), .init("case", .string("ignore")),
        ])
        #expect(try check("one_of", labels).labels == ["Red", "Blue"])
        #expect(try check("json").labels == nil)
    }
}
