import Harvest
import JSON
import Settings
import Statistics
import Testing

@testable import Training

@Suite struct EvaluatorTests {
    private func version(_ model: String = "ft-small", contract: String) -> ModelVersion {
        ModelVersion(route: "search", model: model, environment: "production", contract: contract)
    }

    /// 150 audited inputs to measure with and 150 to choose on; large answers each with its first ten letters.
    private func fill(_ store: borrowing EvaluationStore, _ route: RouteSettings) async throws {
        let inputs =
            EvaluationInputsTests.inputs(150, heldOut: true) + EvaluationInputsTests.inputs(150, heldOut: false)
        _ = try await store.store.keep(
            inputs.map { .evaluated($0, contract: route.contract, large: String($0.prefix(10))) }
        )
    }

    private func evaluate(
        _ models: any ModelAsking,
        _ route: RouteSettings,
        _ store: borrowing EvaluationStore,
        version: ModelVersion? = nil,
        inService: Evaluator.InService? = nil
    ) async throws -> Evaluation {
        let evaluator = Evaluator(
            version ?? self.version(contract: route.contract),
            of: route,
            environment: "production",
            inService: inService,
            asking: models,
            store: store.store
        )
        return try await evaluator.run(try await evaluator.plan { _, _ in Estimate() })
    }

    private func good(_ route: RouteSettings, wrong: Set<Character> = []) -> TableModels {
        TableModels(route) { input, role, _ in
            // The first letter of an input says whether small knows it, and its score whether it is sure.
            guard role == .small, let first = input.first, wrong.contains(first) else {
                let large = role == .large
                return .init(
                    text: String(input.prefix(10)),
                    cost: large ? 0.01 : 0.001,
                    milliseconds: large ? 400 : 100
                )
            }
            return .init(text: "wrong", logprob: -5)
        }
    }

    @Test func `a good model meets the bar, and its document says all of it`() async throws {
        let store = try EvaluationStore()
        let route = try evaluationRoute()
        try await fill(store, route)
        let evaluation = try await evaluate(good(route, wrong: ["0", "1"]), route, store)
        #expect(evaluation.bar.isMet)
        #expect(evaluation.inputs.kind == .audited)
        #expect(evaluation.figures.accepted.share == 1)
        let wrong = evaluation.inputs.holdout.count { "01".contains($0.text.first ?? " ") }
        #expect(evaluation.figures.fallback.count == wrong)
        #expect(evaluation.figures.smallAgainstLarge.count == 150 - wrong)
        #expect(wrong > 0)
        let document = try #require(await store.store.document(kind: Evaluation.kind, id: evaluation.id))
        let json = try JSONTree.parse(document.json)
        #expect(json["bar"]?["met"]?.bool == true)
        #expect(json["evaluated_on"]?.string == "audited")
        #expect(json["looks"]?.int == 1)
        #expect(json["similarity"]?.double == Double(150 - wrong) / 150)
        #expect(json["accepted_low"]?.double == evaluation.figures.accepted.lower)
        #expect(json["served"]?.double == 1)
        #expect(json["latency_ratio"]?.double == 4)
        #expect(json["figures"]?["large_against_itself"]?["of"]?.int == 150)
        #expect(json["threshold"]?.double == -1)
        let kept = try #require(try await store.store.version("search/ft-small"))
        #expect(kept.evaluation == evaluation.id)
        // The settings have a threshold: the version needs none.
        #expect(kept.threshold == nil)
    }

    @Test func `a model of shuffled answers does not meet it, sure as it is`() async throws {
        let store = try EvaluationStore()
        let route = try evaluationRoute()
        try await fill(store, route)
        let inputs =
            EvaluationInputsTests.inputs(150, heldOut: true) + EvaluationInputsTests.inputs(150, heldOut: false)
        let places = Dictionary(uniqueKeysWithValues: zip(inputs, inputs.indices))
        let shuffled = TableModels(route) { input, role, _ in
            let place = role == .large ? places[input]! : (places[input]! + 7) % inputs.count
            return .init(text: String(inputs[place].prefix(10)))
        }
        let evaluation = try await evaluate(shuffled, route, store)
        #expect(!evaluation.bar.isMet)
        #expect(evaluation.figures.accepted.count == 0)
        #expect(evaluation.figures.accepted.of == 150)
        #expect(evaluation.bar.reasons[0].hasPrefix("accepted answers agree with large in 0.0 %"))
        let json = try JSONTree.parse(evaluation.encode())
        #expect(json["bar"]?["met"]?.bool == false)
        #expect(json["bar"]?["reasons"]?.array?.isEmpty == false)
    }

    @Test func `large's answers that fail the checks are no reference, kept or asked`() async throws {
        let store = try EvaluationStore()
        let route = try evaluationRoute()
        let inputs = EvaluationInputsTests.inputs(120, heldOut: true)
        let tooLong = String(repeating: "x", count: 61)
        // Ten are kept with an answer that fails; ten are asked again, and fail then.
        let candidates = inputs.enumerated().map { place, input in
            let isOld = (10..<20).contains(place)
            return Candidate.evaluated(
                input,
                contract: isOld ? "before" : route.contract,
                large: place < 10 ? tooLong : String(input.prefix(10))
            )
        }
        _ = try await store.store.keep(candidates)
        let old = Set(inputs[10..<20])
        let models = TableModels(route) { input, role, _ in
            .init(text: role == .large && old.contains(input) ? tooLong : String(input.prefix(10)))
        }
        let evaluation = try await evaluate(models, route, store)
        #expect(evaluation.figures.largeInvalid.count == 20)
        #expect(evaluation.figures.accepted.of == 100)
        #expect(evaluation.bar.reasons.contains { $0.hasPrefix("large failed the checks in 20 of 120 answers") })
    }

    @Test func `the threshold is chosen on other inputs, whatever the holdout says`() async throws {
        let route = try evaluationRoute(threshold: "auto")
        func threshold(holdoutIsWrong: Bool) async throws -> Evaluation {
            let store = try EvaluationStore()
            try await fill(store, route)
            let held = Set(EvaluationInputsTests.inputs(150, heldOut: true))
            let models = TableModels(route) { input, role, _ in
                let isUnsure = "012".contains(input.first ?? " ")
                let isWrong = role == .small && (isUnsure || holdoutIsWrong && held.contains(input))
                return .init(
                    text: isWrong ? "wrong" : String(input.prefix(10)),
                    logprob: isUnsure ? -4 : -0.2,
                    cost: role == .large ? 0.01 : 0.001
                )
            }
            return try await evaluate(models, route, store)
        }
        let right = try await threshold(holdoutIsWrong: false)
        let wrong = try await threshold(holdoutIsWrong: true)
        #expect(right.threshold?.choice?.threshold == -0.2)
        #expect(wrong.threshold == right.threshold)
        #expect(right.threshold?.count == 150)
        #expect(right.bar.isMet)
        #expect(!wrong.bar.isMet)
    }

    @Test func `a version keeps the threshold that was chosen for it; where none is proven, nothing is accepted`()
        async throws
    {
        let route = try evaluationRoute(threshold: "auto")
        let store = try EvaluationStore()
        try await fill(store, route)
        _ = try await evaluate(good(route, wrong: ["0"]), route, store)
        #expect(try await store.store.version("search/ft-small")?.threshold == -0.1)
        let bad = TableModels(route) { input, role, _ in
            .init(text: role == .small ? "wrong" : String(input.prefix(10)))
        }
        let evaluation = try await evaluate(bad, route, store, version: version("bad", contract: route.contract))
        #expect(evaluation.figures.gate == .closed)
        #expect(evaluation.figures.fallback.share == 1)
        #expect(!evaluation.bar.isMet)
        #expect(try await store.store.version("search/bad")?.threshold == nil)
    }

    @Test func `each model is a look more, the same again is the same look`() async throws {
        let store = try EvaluationStore()
        let route = try evaluationRoute()
        try await fill(store, route)
        let first = try await evaluate(good(route), route, store)
        let again = try await evaluate(good(route), route, store)
        let other = try await evaluate(good(route), route, store, version: version("other", contract: route.contract))
        #expect(first.looks == 1)
        #expect(again.looks == 1)
        #expect(again.id == first.id)
        #expect(other.looks == 2)
        #expect(other.figures.confidence == Looks.confidence(at: 2))
        #expect(other.figures.accepted.lower < first.figures.accepted.lower)
        // The same model answers otherwise: another try.
        #expect(try await evaluate(good(route, wrong: ["0"]), route, store).looks == 3)
    }

    @Test func `the version in service is asked about the same inputs, and a stale version stays out`() async throws {
        let store = try EvaluationStore()
        let route = try evaluationRoute()
        try await fill(store, route)
        let inService = Evaluator.InService(model: "old", asking: good(route, wrong: ["0", "1", "2", "3"]))
        let better = try await evaluate(good(route, wrong: ["0"]), route, store, inService: inService)
        #expect(better.bar.isMet)
        #expect(better.figures.againstInService?.onlyFirst == 0)
        let worse = try await evaluate(
            good(route, wrong: ["0", "1", "2", "3", "4"]),
            route,
            store,
            version: version("worse", contract: route.contract),
            inService: inService
        )
        #expect(worse.bar.reasons.contains { $0.contains("version in service") })
        let stale = try await evaluate(good(route), route, store, version: version("stale", contract: "before"))
        #expect(!stale.bar.isMet)
    }

    @Test func `what the provider will not answer counts against small; what fails otherwise ends it`() async throws {
        let store = try EvaluationStore()
        let route = try evaluationRoute()
        try await fill(store, route)
        func models(_ failure: AskFailure) -> TableModels {
            TableModels(route) { input, role, _ in
                if role == .small, input.hasPrefix("0") { throw failure }
                return .init(text: String(input.prefix(10)))
            }
        }
        let evaluation = try await evaluate(models(.refused(status: 400, message: "no")), route, store)
        let refused = evaluation.inputs.holdout.count { $0.text.hasPrefix("0") }
        #expect(refused > 0)
        #expect(evaluation.figures.fallback.count == refused)
        #expect(evaluation.figures.smallAgainstLarge.count == 150 - refused)
        await #expect(throws: AskFailure.self) {
            try await evaluate(models(.refused(status: 401, message: "who are you")), route, store)
        }
        await #expect(throws: AskFailure.self) { try await evaluate(models(.unavailable("gone")), route, store) }
    }

    @Test func `nothing to measure with is said, not made up`() async throws {
        let store = try EvaluationStore()
        let route = try evaluationRoute()
        let evaluation = try await evaluate(good(route), route, store)
        #expect(evaluation.inputs.kind == .synthetic)
        #expect(evaluation.figures.accepted.share == nil)
        #expect(!evaluation.bar.isMet)
        let json = try JSONTree.parse(evaluation.encode())
        #expect(json["similarity"]?.isNull == true)
        #expect(json["evaluated_on"]?.string == "synthetic")
        #expect(!EvaluationTable(evaluation).text.isEmpty)
        #expect(EvaluationPage(evaluation).html.contains("nothing to draw"))
    }
}
