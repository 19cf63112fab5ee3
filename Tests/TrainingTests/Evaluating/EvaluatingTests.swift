import Foundation
import Harvest
import JSON
import Settings
import Simulation
import Statistics
import Testing

@testable import Training

/// With a real asker, over HTTP, against the simulated provider: the worked example's prompts and grammar.
@Suite(.timeLimit(.minutes(3)))
struct EvaluatingTests {
    private static func route(at url: String) throws -> RouteSettings {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../config/code-search").standardized.path
        let yaml = """
            models:
              small: { base_url: '\(url)', api: completions, model: good, price: { input: 0.5, output: 0.5 } }
              large: { base_url: '\(url)', api: chat, model: big-one, price: { input: 20, output: 20 } }
            routes:
              search:
                small: small
                large: large
                prompt: { small: code-search.small.mustache, large: code-search.large.mustache }
                parameters:
                  small: { temperature: 0, max_tokens: 64, stop: ["\\n"] }
                  large: { temperature: 0, max_tokens: 128 }
                checks: [finished, { max_chars: 400 }, { grammar: code-search.gbnf }]
                confidence: { score: min_logprob, threshold: -1.2 }
                compare: dsl
            """
        let settings = try GatewaySettings.load(text: yaml, file: "\(folder)/test.yaml", environment: [:])
        return try #require(settings.routes["search"])
    }

    /// `good` is unsure of a fifth and unreadable in a tenth; `bad` says one line to everything, and is sure of it.
    private static func simulator() async throws -> Simulator {
        let flaws = StudentFlaws(unsure: 0.2, unreadable: 0.1)
        return try await Simulator.start(
            script: Script(models: [
                "big-one": ModelScript(answers: [AnswerRule(reply: .teacher(.search))]),
                "good": ModelScript(answers: [AnswerRule(reply: .student(.search, flaws))], leadingSpace: true),
                "bad": ModelScript(says: "kind:function"),
            ])
        )
    }

    private func fill(_ store: borrowing EvaluationStore, _ route: RouteSettings) async throws {
        let questions = QuestionGenerator.questions(300, seed: 5)
        _ = try await store.store.keep(
            questions.map { .evaluated($0.text, contract: route.contract, large: $0.line) }
        )
    }

    private func evaluate(
        _ route: RouteSettings,
        _ store: borrowing EvaluationStore,
        model: String? = nil,
        budget: Double? = nil
    ) async throws -> Evaluation {
        let journal = try Journal(file: "\(store.path)/asked.jsonl")
        let evaluating: Evaluating
        do {
            evaluating = try await Evaluating(
                route,
                environment: "production",
                model: model,
                purse: Purse(limit: budget),
                journal: journal,
                store: store.store
            )
            let evaluation = try await evaluating.run()
            await journal.close()
            return evaluation
        } catch {
            await journal.close()
            throw error
        }
    }

    @Test func `it measures what the models do, and pays for nothing twice when it was broken off`() async throws {
        let simulator = try await Self.simulator()
        let store = try EvaluationStore()
        let route = try Self.route(at: simulator.baseURL)
        try await fill(store, route)
        // Broken off by its budget.
        await #expect(throws: AskFailure.self) { try await evaluate(route, store, budget: 0.05) }
        let before = simulator.calls["big-one"].calls + simulator.calls["good"].calls
        #expect(before > 0)
        let evaluation = try await evaluate(route, store)
        let figures = evaluation.figures
        #expect(figures.count >= Holdout.enough)
        // Large once more for each, small once: those before the break are not asked again.
        #expect(simulator.calls["big-one"].calls == figures.count)
        #expect(simulator.calls["good"].calls == figures.count)
        #expect(figures.largeAgainstItself.share == 1)
        #expect(figures.largeInvalid.count == 0)
        #expect(figures.accepted.share == 1)
        #expect(figures.smallAgainstLarge.upper > 0.7)
        #expect(figures.smallAgainstLarge.lower < 0.7)
        #expect(evaluation.bar.isMet)
        #expect(try #require(figures.price?.call) > 40)
        #expect(try #require(figures.latency?.count) > 100)

        let again = try await evaluate(route, store)
        #expect(again.looks == 1)
        #expect(again.cost == 0)
        #expect(again.figures.accepted == figures.accepted)
        #expect(simulator.calls["big-one"].calls == figures.count)
        await simulator.stop()
    }

    @Test func `a model that answers everything alike is caught, and compared with the one in service`() async throws {
        let simulator = try await Self.simulator()
        let store = try EvaluationStore()
        let route = try Self.route(at: simulator.baseURL)
        try await fill(store, route)
        let evaluation = try await evaluate(route, store, model: "bad")
        #expect(!evaluation.bar.isMet)
        #expect(evaluation.figures.fallback.count == 0)
        #expect(try #require(evaluation.figures.accepted.share) < 0.2)
        // The settings name a model: it is in service.
        #expect(evaluation.inService == "good")
        let difference = try #require(evaluation.figures.againstInService)
        #expect(difference.onlyFirst == 0)
        #expect(difference.onlySecond > 0)
        // What it leaves to large is less: not that speaks against it.
        #expect(evaluation.bar.reasons.count == 1)
        await simulator.stop()
    }

    @Test func `without a small model there is nothing to evaluate`() async throws {
        let yaml = """
            models: { large: { base_url: 'http://127.0.0.1:1/v1', api: chat, model: big-one } }
            routes: { search: { large: large } }
            """
        let settings = try GatewaySettings.load(text: yaml, file: "understudy.yaml", environment: [:])
        let route = try #require(settings.routes["search"])
        let store = try EvaluationStore()
        await #expect(throws: Evaluating.NoVersion.self) { try await evaluate(route, store) }
    }
}
