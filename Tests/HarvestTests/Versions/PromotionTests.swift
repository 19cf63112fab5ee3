import Testing

@testable import Harvest

@Suite("A promotion")
struct PromotionTests {
    private static func service(_ model: String, threshold: Double? = nil) -> Promotion.Service {
        Promotion.Service(
            version: ModelVersion.id(route: "r", model: model),
            model: model,
            baseURL: "http://127.0.0.1:9/v1",
            threshold: threshold,
            contract: "c",
            at: WallTime(milliseconds: 1_800_000_000_000),
            by: "ops",
            reason: "better"
        )
    }

    private static func fresh(file: String? = "old") -> Promotion {
        var promotion = Promotion(route: "r", environment: "production", file: file, by: "ops")
        promotion.current.at = WallTime(milliseconds: 1_800_000_000_000)
        return promotion
    }

    @Test("is read back as it was written, with history and canary")
    func codec() {
        var promotion = Self.fresh()
        promotion.promote(Self.service("a", threshold: -1.5), over: "old")
        #expect(Promotion(json: promotion.encode()) == promotion)
        let canary = Canary(challenger: Self.service("b"), share: 0.05, within: 3600, at: promotion.current.at)
        promotion.start(canary)
        #expect(Promotion(json: promotion.encode()) == promotion)
        promotion.stop(canary, .notProven, at: promotion.current.at, reason: "too few")
        #expect(Promotion(json: promotion.encode()) == promotion)
        #expect(promotion.lastTrial?.outcome == .notProven)
        #expect(Promotion(json: Array("{}".utf8)) == nil)
    }

    @Test("goes back one version at a time, to the file's own in the end")
    func rollBack() {
        var promotion = Self.fresh()
        promotion.promote(Self.service("a"), over: "old")
        promotion.promote(Self.service("b"), over: "old")
        promotion.promote(Self.service("b", threshold: -2), over: "old")
        #expect(promotion.history.map(\.model) == ["old", "a"])
        #expect(promotion.rollBack(by: "ops", reason: "bad")?.model == "b")
        #expect(promotion.current.model == "a")
        #expect(promotion.current.reason == "bad")
        #expect(promotion.rollBack(by: "ops", reason: "bad")?.model == "a")
        #expect(promotion.current.version == nil)
        #expect(promotion.current.model == "old")
        #expect(promotion.rollBack(by: "ops", reason: "bad") == nil)
    }

    @Test("is not in force where the file says something else than it replaced")
    func fileWins() {
        var promotion = Self.fresh()
        promotion.promote(Self.service("a"), over: "old")
        #expect(promotion.isInForce(over: "old"))
        #expect(!promotion.isInForce(over: "new"))
        #expect(!promotion.isInForce(over: nil))
        // The next one goes back to what the file had put in service.
        promotion.promote(Self.service("b"), over: "new")
        #expect(promotion.history.map(\.model) == ["new"])
        #expect(promotion.isInForce(over: "new"))
    }

    @Test("steps its canary up to one half, and then promotes it")
    func steps() {
        var promotion = Self.fresh(file: nil)
        promotion.start(Canary(challenger: Self.service("b"), share: 0.05, within: 3600))
        #expect(promotion.canary?.steps == 4)
        var shares: [Double] = []
        while let canary = promotion.canary {
            shares.append(canary.share)
            let (first, second) = (
                promotion.stepUp(from: canary, over: nil, reason: "proven"),
                promotion.stepUp(from: canary, over: nil, reason: "proven twice")
            )
            #expect(first && !second)
        }
        #expect(shares == [0.05, 0.1, 0.2, 0.4])
        #expect(promotion.current.model == "b")
        #expect(promotion.current.reason == "proven")
        #expect(promotion.lastTrial?.outcome == .promoted)
        #expect(promotion.rollBack(by: "ops", reason: "bad")?.model == "b")
        #expect(promotion.current.model == nil)
    }

    @Test("ends a canary before it goes back a version")
    func rollBackCanary() {
        var promotion = Self.fresh()
        promotion.promote(Self.service("a"), over: "old")
        promotion.start(Canary(challenger: Self.service("b"), share: 0.5, within: 3600))
        #expect(promotion.canary?.isOnLastStep == true)
        #expect(promotion.rollBack(by: "ops", reason: "bad")?.model == "b")
        #expect(promotion.canary == nil)
        #expect(promotion.current.model == "a")
        #expect(promotion.lastTrial?.outcome == .rolledBack)
    }

    @Test("is changed by many at once, and loses no change", arguments: StoreKind.allCases)
    func changes(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            try await withThrowingTaskGroup { group in
                for number in 0..<8 {
                    group.addTask {
                        let changed = try await store.changePromotion(route: "r", environment: "production") { old in
                            var promotion = old ?? Self.fresh()
                            promotion.promote(Self.service("m\(number)"), over: "old")
                            return promotion
                        }
                        #expect(changed?.current.model == "m\(number)")
                    }
                }
                try await group.waitForAll()
            }
            let promotion = try await store.promotion(route: "r", environment: "production")
            #expect(promotion?.history.count == 8)
            #expect(try await store.promotions(environment: "production").count == 1)
            #expect(try await store.promotions(environment: "staging").isEmpty)
            #expect(try await store.changePromotion(route: "r", environment: "production") { _ in nil } == nil)
        }
    }

    @Test("A version is read back as it was written", arguments: StoreKind.allCases)
    func versions(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            var version = ModelVersion(
                route: "r",
                model: "ft:a",
                baseURL: "http://127.0.0.1:9/v1",
                environment: "production",
                contract: "c",
                prompt: "p",
                base: "b",
                dataSet: "d",
                examples: 200,
                job: "j",
                threshold: -0.25,
                createdAt: WallTime(milliseconds: 1_800_000_000_000),
                shutdownDate: WallTime(milliseconds: 1_900_000_000_000)
            )
            try await store.put(version)
            #expect(try await store.version("r/ft:a") == version)
            version.evaluation = "e"
            version.baseURL = nil
            try await store.put(version)
            #expect(try await store.versions(route: "r") == [version])
            #expect(try await store.versions(route: "s").isEmpty)
        }
    }
}
