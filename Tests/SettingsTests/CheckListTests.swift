import Judgment
import Testing

@testable import Settings

@Suite struct CheckListTests {
    @Test func `checks are built in their order`() throws {
        let keys = """
            checks:
              - finished
              - max_chars: 2000
              - min_chars: 1
              - one_of: { values: [a, yes, 5], trim: true, case: ignore }
            """
        let route = try #require(Fixture().load(Minimal.route(keys)).routes["search"])
        #expect(route.checks == ["finished", "max_chars", "min_chars", "one_of"])
        #expect(route.judge.checks.map { type(of: $0).name } == route.checks)
    }

    @Test(arguments: [
        ("checks: finished", "8:13: routes.search.checks: expected a list of checks, found 'finished'"),
        ("checks: [[finished]]", "8:14: routes.search.checks[0]: expected a check's name, found a list"),
        ("checks: [~]", "8:14: routes.search.checks[0]: expected a check's name, found nothing"),
        (
            "checks:\n  - finished: ~\n    max_chars: 1",
            "10:9: routes.search.checks[0].max_chars: one check an entry: begin another with '-'"
        ),
    ])
    func `each mistake in the list is told at its place`(keys: String, expected: String) throws {
        #expect(try Fixture().problems(Minimal.route(keys)) == [expected])
    }

    @Test func `an unknown check is told at its name, with the nearest one`() throws {
        let problems = try Fixture().problems(Minimal.route("checks:\n  - finishd\n  - max_char: 5"))
        #expect(problems.count == 2)
        #expect(problems.first?.hasPrefix("9:9: routes.search.checks[0].finishd: unknown check") == true)
        #expect(problems.first?.hasSuffix("(did you mean 'finished'?)") == true)
        #expect(problems.last?.hasPrefix("10:9: routes.search.checks[1].max_char: unknown check") == true)
    }

    @Test func `a wrong option is told at the option`() throws {
        let problems = try Fixture().problems(
            Minimal.route("checks:\n  - max_chars: many\n  - one_of: { values: [a], cas: exact }\n  - one_of: { values: [a, [b]] }")
        )
        #expect(problems.count == 3)
        #expect(problems.first?.hasPrefix("9:20: routes.search.checks[0].max_chars") == true)
        #expect(problems.dropFirst().first?.hasPrefix("10:32: routes.search.checks[1].one_of.cas: unknown option") == true)
        #expect(problems.last?.hasPrefix("11:31: routes.search.checks[2].one_of.values[1]: ") == true)
    }

    @Test func `more checks than a judge holds are refused`() throws {
        let many = Array(repeating: "finished", count: Judge.maximumChecks + 1).joined(separator: ", ")
        #expect(
            try Fixture().problems(Minimal.route("checks: [\(many)]")) == [
                "8:13: routes.search.checks: holds 33 checks; 32 are allowed"
            ]
        )
    }
}
