import Testing

@testable import Settings

@Suite struct RuleTests {
    @Test func `rules are read in their order`() throws {
        let keys = """
            rules:
              - { when: { input_chars: { over: 8000 } }, use: large }
              - { when: { header: { X-Tier: gold, x-b: '1' } }, use: small }
              - { when: { share: 10%, input_chars: { over: 1, under: 9 } }, small: large }
              - { use: large }
            """
        let rules = try #require(Fixture().load(Minimal.route(keys)).routes["search"]).rules
        #expect(rules.map(\.position) == [0, 1, 2, 3])
        #expect(rules.map(\.use) == [.large, .small, .small, .large])
        #expect(rules.map { $0.small?.name } == [nil, nil, "large", nil])
        #expect(rules[0].conditions == [.inputCharacters(over: 8000, under: nil)])
        #expect(
            rules[1].conditions == [
                .header(name: Array("x-tier".utf8), value: Array("gold".utf8)),
                .header(name: Array("x-b".utf8), value: Array("1".utf8)),
            ]
        )
        #expect(rules[2].conditions == [.inputCharacters(over: 1, under: 9), .share(0.1)])
        #expect(rules[3].conditions.isEmpty)
    }

    @Test(arguments: [
        ("rules: { use: large }", "8:12: routes.search.rules: expected a list of rules, found a mapping"),
        ("rules: [large]", "8:13: routes.search.rules[0]: expected a mapping, found 'large'"),
        (
            "rules: [{ when: { share: 1% } }]",
            "8:13: routes.search.rules[0].use: is missing: a rule says 'use: small', 'use: large' or 'small: MODEL'"
        ),
        ("rules: [{ use: huge }]", "8:20: routes.search.rules[0].use: expected small or large, found 'huge'"),
        ("rules: [{ small: tiny }]", "8:22: routes.search.rules[0].small: no model is named 'tiny'"),
        ("rules: [{ use: large, small: small }]", "8:34: routes.search.rules[0].small: contradicts 'use: large'"),
        (
            "rules: [{ wen: { share: 1% }, use: large }]",
            "8:15: routes.search.rules[0].wen: unknown key (did you mean 'when'?)"
        ),
        (
            "rules: [{ when: { input_char: { over: 1 } }, use: large }]",
            "8:23: routes.search.rules[0].when.input_char: unknown key (did you mean 'input_chars'?)"
        ),
        (
            "rules: [{ when: { input_chars: {} }, use: large }]",
            "8:23: routes.search.rules[0].when.input_chars.over: is missing: say 'over', 'under' or both"
        ),
        (
            "rules: [{ when: { input_chars: { over: 5, under: 6 } }, use: large }]",
            "8:54: routes.search.rules[0].when.input_chars.under: no number is over 5 and under 6"
        ),
        (
            "rules: [{ when: { header: { 'a b': c } }, use: large }]",
            "8:33: routes.search.rules[0].when.header.a b: 'a b' is no header's name"
        ),
        (
            "rules: [{ when: { header: { x-a: ~ } }, use: large }]",
            "8:33: routes.search.rules[0].when.header.x-a: needs a value"
        ),
        (
            "rules: [{ when: { share: 0.1 }, use: large }]",
            "8:30: routes.search.rules[0].when.share: expected a share such as 2%, between 0% and 100%, found '0.1' (did you mean '10%'?)"
        ),
        (
            "rules: [{ when: { share: 101% }, use: large }]",
            "8:30: routes.search.rules[0].when.share: expected a share such as 2%, between 0% and 100%, found '101%'"
        ),
    ])
    func `each mistake is told at its place`(keys: String, expected: String) throws {
        let problems = try Fixture().problems(Minimal.route(keys))
        #expect(problems.filter { keys != "rules: [large]" || !$0.contains("is missing") } == [expected])
    }

    @Test func `rules after one that always matches are noted`() throws {
        let settings = try Fixture().load(Minimal.route("rules: [{ use: large }, { use: small }]"))
        #expect(settings.notes.map(\.message) == ["always matches: the rules after it never do"])
        #expect(settings.notes.map(\.key) == ["routes.search.rules[0]"])
    }
}
