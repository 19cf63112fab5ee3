import Testing

@testable import Settings

@Suite struct RedactListTests {
    @Test func `rules are compiled, and are no part of the contract`() throws {
        let plain = try #require(Fixture().load(Minimal.yaml).routes["search"])
        #expect(plain.redactor == nil)
        let keys = "redact: [{ regex: 'a+' }, { json_path: $.email }]"
        let settings = try Fixture().load(Minimal.route(keys))
        let route = try #require(settings.routes["search"])
        #expect(route.redactor != nil)
        #expect(route.contract == plain.contract)
        #expect(settings.effectiveYAML.contains(#"json_path: "$$.email""#), "a dollar sign is written twice")
        #expect(try Fixture().load(settings.effectiveYAML).version == settings.version)
        #expect(try Fixture().load(Minimal.route("redact: []")).routes["search"]?.redactor == nil)
    }

    @Test func `defaults hold for every route`() throws {
        let settings = try Fixture().load(Minimal.section("defaults", "redact: [{ regex: secret }]"))
        #expect(settings.routes["search"]?.redactor != nil)
    }

    @Test(arguments: [
        ("redact: { regex: a }", "8:13: routes.search.redact: expected a list of rules, found a mapping"),
        ("redact: [secret]", "8:14: routes.search.redact[0]: expected a mapping, found 'secret'"),
        ("redact: [{ regex: '(a' }]", "8:23: routes.search.redact[0].regex: missing closing parenthesis at offset 2"),
        (
            "redact: [{ json_path: email }]",
            "8:27: routes.search.redact[0].json_path: a path begins with $, the document: '$.email' (at offset 0)"
        ),
        (
            "redact: [{ json_path: $.a, regex: b }]",
            "8:16: routes.search.redact[0].json_path: one rule an entry: begin another with '-'"
        ),
        (
            "redact: [{}]",
            "8:14: routes.search.redact[0].regex: is missing: a rule says 'regex: PATTERN' or 'json_path: PATH'"
        ),
        (
            "redact: [{ regexp: a, regex: a }]",
            "8:16: routes.search.redact[0].regexp: unknown key (did you mean 'regex'?)"
        ),
        ("redact: [{ regex: '' }]", "8:23: routes.search.redact[0].regex: is empty"),
    ])
    func `each mistake is told at its place`(keys: String, expected: String) throws {
        #expect(try Fixture().problems(Minimal.route(keys)) == [expected])
    }
}
