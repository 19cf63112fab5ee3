import Digest
import Testing

@testable import Harvest

/// What was drawn at random and compared; over each store.
@Suite("Audited exchanges")
struct AuditedTests {
    private static func audit(
        _ input: String = "find me my slowest recursive functions",
        _ result: Candidate.Audit.Result,
        reason: String = "accept",
        key: String = "00ff"
    ) -> Candidate {
        var candidate = Candidate.sample(reason: reason, input: input)
        candidate.source = .audit
        candidate.audit = Candidate.Audit(draw: .random, probability: 0.02, result: result, similarity: 0.5)
        candidate.cacheKey = key
        let isNoWork = reason == "accept" && result != .contradict
        candidate.status = isNoWork ? .audited : .new
        return candidate
    }

    private static func inputs(held: Bool) -> [String] {
        var questions = Questions(seed: 31)
        return questions.distinct(80).filter { Holdout.contains(Likeness.inputDigest(of: $0)) == held }
    }

    private func queue(_ store: any Store) async throws -> [ReviewItem] {
        try await store.take(CandidateFilter(), reviewer: "a", count: 50, leaseFor: .seconds(60), seed: 1)
    }

    @Test("that agree are kept and counted, and are no work for reviewers", arguments: StoreKind.allCases)
    func agreement(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let agreed = Self.audit("one", .agree)
            let contradicted = Self.audit("two", .contradict)
            #expect(try await store.keep([agreed, contradicted]) == 2)
            #expect(try await store.list(CandidateQuery()).data == [contradicted])
            #expect(try await store.list(CandidateQuery(statuses: [.audited])).data == [agreed])
            let all = CandidateFilter(statuses: Set(Candidate.Status.allCases), source: .audit)
            #expect(try await store.counts(all).reduce(0) { $0 + $1.count } == 2)
            #expect(try await queue(store).map(\.candidate.id) == [contradicted.id])
        }
    }

    @Test(
        "of the holdout are labelled in the order of the draw, whether the models agree or not",
        arguments: StoreKind.allCases
    )
    func blind(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            var older = Self.audit(Self.inputs(held: true)[0], .agree)
            (older.contract, older.createdAt) = ("older", .init(milliseconds: older.createdAt.milliseconds - 60_000))
            let held = Self.inputs(held: true).dropFirst().enumerated().map { index, input in
                Self.audit(input, index % 4 == 0 ? .contradict : .agree)
            }
            let others = Self.inputs(held: false).map { Self.audit($0, .contradict) }
            _ = try await store.keep([older] + held + others)
            let inTurn = held.map(\.id).sorted { $0.shuffle < $1.shuffle }
            let taken = try await store.take(
                CandidateFilter(),
                reviewer: "a",
                count: 40,
                leaseFor: .seconds(60),
                seed: 1
            )
            let blind = taken.filter { $0.draw == .blind }
            #expect(blind.count >= 3 && blind.allSatisfy(\.isHoldout))
            // Those that were taken for another reason are passed over.
            let others40 = Set(taken.filter { $0.draw != .blind }.map(\.candidate.id))
            #expect(blind.map(\.candidate.id) == Array(inTurn.filter { !others40.contains($0) }.prefix(blind.count)))

            let agreed = try #require(blind.first { $0.candidate.status == .audited })
            let edit = Decision(.edit, completion: "kind:file", reviewer: "a")
            let event = try #require(try await store.decide(edit, on: [agreed.candidate.id])?.events.first)
            #expect(try await store.candidate(agreed.candidate.id)?.status == .edited)
            _ = try await store.undo(reviewer: "a")
            #expect(try await store.candidate(agreed.candidate.id)?.status == .audited)
            #expect(event.from == .audited)
            // A reviewer who looks for something is not shown anything else.
            let narrow = CandidateFilter(reasons: ["accept"])
            try await store.release(nil, reviewer: "a")
            let found = try await store.take(narrow, reviewer: "a", count: 40, leaseFor: .seconds(60), seed: 1)
            #expect(found.allSatisfy { $0.draw != .blind && $0.candidate.status == .new })
        }
    }

    @Test("that contradict what was accepted drop the cached answer, once", arguments: StoreKind.allCases)
    func drops(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let before = try await store.latestDrop()
            let contradicted = Self.audit("two", .contradict, key: "aa")
            _ = try await store.keep([
                contradicted, Self.audit("one", .agree, key: "bb"), Self.audit("three", .failed, key: "cc"),
                Self.audit("four", .contradict, reason: "low_confidence", key: "dd"),
            ])
            _ = try await store.keep([contradicted])
            #expect(try await store.drops(after: before).map(\.cacheKey) == ["aa"])
        }
    }

    @Test("are replaced by what came of them, in whatever order the two come", arguments: StoreKind.allCases)
    func pending(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            for result in [Candidate.Audit.Result.agree, .contradict, .failed] {
                var waiting = Self.audit("one", .pending, reason: "low_confidence")
                waiting.small?.cut = true
                var over = waiting
                over.small?.cut = result == .failed
                over.audit?.result = result
                _ = try await store.keep([waiting])
                #expect(try await store.candidate(waiting.id) == waiting)
                _ = try await store.keep([over])
                #expect(try await store.candidate(waiting.id) == over)
                _ = try await store.keep([waiting])
                #expect(try await store.candidate(waiting.id) == over)
            }
        }
    }

    @Test("of the holdout stand alone: no decision on another one reaches them", arguments: StoreKind.allCases)
    func alone(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let held = try #require(Self.inputs(held: true).first)
            let free = try #require(Self.inputs(held: false).first)
            let audits = [held, held + "?", free, free + "?"].map { Self.audit($0, .contradict) }
            _ = try await store.keep(audits)
            let items = try await queue(store)
            #expect(items.count == 3)
            #expect(items.filter(\.isHoldout).map(\.clusterSize) == [1, 1])
            #expect(items.filter { !$0.isHoldout }.map(\.clusterSize) == [2])
        }
    }

    @Test("of the holdout stay, and keep what is near to them out of exports", arguments: StoreKind.allCases)
    func holdout(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let held = try #require(Self.inputs(held: true).first)
            let free = try #require(Self.inputs(held: false).first)
            _ = try await store.keep([
                Self.audit(held, .agree), Self.audit(free, .agree),
                .sample(input: "please " + held), .sample(input: "wo ist der Bahnhof"),
            ])
            let export = try await Export.plan(from: store, ExportOptions(format: .chat))
            #expect(export.leftOut == [.nearHoldout: 1])
            #expect(export.examples.count == 1)
            while try await store.prune("code-search", Keeping(age: .seconds(1)), now: .now()) > 0 {}
            let left = try await store.list(CandidateQuery(statuses: Set(Candidate.Status.allCases))).data
            #expect(left.compactMap(\.input) == [held])
        }
    }
}
