import Judgment
import Testing

@testable import Settings

@Suite struct ConfidenceRuleTests {
    private func rule(_ yaml: String) throws -> ConfidenceRule? {
        try Fixture().load(Minimal.route("confidence: \(yaml)")).routes["search"]?.confidence
    }

    @Test func `every key is read`() throws {
        #expect(
            try rule("{ score: quantile_logprob, threshold: -0.5, quantile: 0.25, over: values, when_missing: accept }")
                == ConfidenceRule(
                    score: .quantile,
                    threshold: -0.5,
                    quantile: 0.25,
                    over: .values,
                    whenMissing: WhenMissing(text: .accept, tools: .accept)
                )
        )
        #expect(try rule("{ threshold: -1 }") == ConfidenceRule(score: .min, threshold: -1))
        #expect(
            try rule("{ threshold: -1, when_missing: { text: fail } }")?.whenMissing
                == WhenMissing(text: .fail, tools: .fallback)
        )
    }

    @Test(arguments: [
        (
            "{ score: min_logprob }",
            "8:5: routes.search.confidence.threshold: is missing: answers with a lower score are rejected"
        ),
        (
            "{ score: minlogprob, threshold: -1 }",
            "8:26: routes.search.confidence.score: expected mean_logprob, min_logprob, quantile_logprob, first_token_logprob or margin, found 'minlogprob' (did you mean 'min_logprob'?)"
        ),
        ("{ threshold: high }", "8:30: routes.search.confidence.threshold: expected a number, found 'high'"),
        (
            "{ threshold: -1, quantile: 0.1 }",
            "8:34: routes.search.confidence.quantile: belongs to 'score: quantile_logprob'"
        ),
        (
            "{ score: quantile_logprob, threshold: -1, quantile: 10 }",
            "8:69: routes.search.confidence.quantile: must be 0 to 1, not 10"
        ),
        ("{ threshold: -1, over: some }", "8:40: routes.search.confidence.over: expected all or values, found 'some'"),
        (
            "{ threshold: -1, when_missing: { tool: accept } }",
            "8:50: routes.search.confidence.when_missing.tool: unknown key (did you mean 'tools'?)"
        ),
        ("-1.2", "8:17: routes.search.confidence: expected a mapping, found '-1.2'"),
    ])
    func `each mistake is told at its place`(confidence: String, expected: String) throws {
        let problems = try Fixture().problems(Minimal.route("confidence: \(confidence)"))
        #expect(problems.filter { confidence.hasPrefix("{") || !$0.contains("is missing") } == [expected])
    }
}
