import Harvest
import JSON
import Settings
import Testing

@testable import Training

@Suite(.timeLimit(.minutes(1)))
struct CyclePlanTests {
    private let folder: TestFolder
    private let route: RouteSettings
    private let store: any Store

    init() throws {
        folder = try TestFolder()
        let training = ", training: { trainer: command, run: ['true'], base: small-base }"
        route = try folder.settings(at: "http://127.0.0.1:1/v1", route: training).job
        store = try folder.store()
    }

    private func keep(_ input: String, contract: String, isAudited: Bool = false) async throws {
        var candidate = Candidate.example(
            input,
            "kind:method",
            source: isAudited ? .audit : .fallback,
            contract: contract
        )
        candidate.route = route.name
        if isAudited { candidate.status = .audited }
        _ = try await store.keep([candidate])
    }

    private func plan() async throws -> CyclePlan {
        try await CyclePlan(
            [.logged, .invented(after: [])],
            count: 0,
            agree: 1,
            route: route,
            training: try #require(route.training),
            environment: "default",
            store: store
        )
    }

    @Test func `under the contract in force nothing is invalid`() async throws {
        try await keep("one", contract: route.contract)
        #expect(try await plan().invalid.isEmpty)
    }

    @Test func `a changed contract says what it makes invalid, and for programs too`() async throws {
        for input in ["one", "two", "three"] { try await keep(input, contract: "older") }
        try await keep("four", contract: route.contract)
        try await keep("five", contract: "older", isAudited: true)
        try await store.put(ModelVersion(route: route.name, model: "ft:1", environment: "default", contract: "older"))
        _ = try await store.changePromotion(route: route.name, environment: "default") { _ in
            var promotion = Promotion(route: self.route.name, environment: "default", file: nil, by: "kim")
            promotion.promote(.init(version: "job/ft:1", model: "ft:1", by: "kim", reason: "the bar is met"), over: nil)
            return promotion
        }
        let plan = try await plan()
        #expect(plan.invalid.first?.contains("'ft:1' was trained for an older contract") == true)
        #expect(plan.invalid.contains { $0.hasPrefix("3 answers in the store are of an older contract") })
        #expect(plan.invalid.contains { $0.hasPrefix("1 audited answers are of an older contract") })
        #expect(plan.invalid.last == "cached answers of an older contract are not served")
        #expect(plan.lines.first?.hasPrefix("collect: large answers") == true)

        let json = try JSONTree.parse(plan.encode())
        #expect(json["invalid"]?.array?.count == plan.invalid.count)
        #expect(json["estimate"]?["calls"]?.int == plan.estimate.calls)
        #expect(json["estimate"]?["price_missing"]?.bool == plan.estimate.isPriceMissing)
    }
}
