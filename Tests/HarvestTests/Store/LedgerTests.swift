import Testing

@testable import Harvest

@Suite("A ledger")
struct LedgerTests {
    @Test("writes a document only over the revision that was read", arguments: StoreKind.allCases)
    func documents(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            func put(_ json: String, _ revision: Int) async throws -> Int? {
                try await store.put(kind: "version", id: "1", route: "r", json: Array(json.utf8), replacing: revision)
            }
            #expect(try await put("{}", 1) == nil)
            #expect(try await put("{}", 0) == 1)
            #expect(try await put("{}", 0) == nil)
            #expect(try await put(#"{"a":"\u0000"}"#, 1) == 2)
            #expect(try await put("{}", 1) == nil)
            let document = try await store.document(kind: "version", id: "1")
            #expect(document?.revision == 2)
            #expect(document.map { String(decoding: $0.json, as: UTF8.self) } == #"{"a":"\u0000"}"#)
            #expect(document?.route == "r")
            #expect(try await store.document(kind: "version", id: "2") == nil)
            #expect(try await store.documents(kind: "version", route: "r").count == 1)
            #expect(try await store.documents(kind: "version", route: "s").isEmpty)
            #expect(try await store.documents(kind: "other", route: nil).isEmpty)
        }
    }

    @Test("gives a lease to one at a time", arguments: StoreKind.allCases)
    func leases(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            #expect(try await store.acquire(lease: "x", holder: "a", for: .seconds(60)))
            #expect(try await store.acquire(lease: "x", holder: "a", for: .seconds(60)))
            #expect(try await !store.acquire(lease: "x", holder: "b", for: .seconds(60)))
            #expect(try await store.acquire(lease: "y", holder: "b", for: .zero))
            #expect(try await store.acquire(lease: "y", holder: "c", for: .seconds(60)))
            try await store.release(lease: "x", holder: "b")
            #expect(try await !store.acquire(lease: "x", holder: "b", for: .seconds(60)))
            try await store.release(lease: "x", holder: "a")
            #expect(try await store.acquire(lease: "x", holder: "b", for: .seconds(60)))
        }
    }

    @Test("forgets somebody whole, and keeps one event without a text", arguments: StoreKind.allCases)
    func erase(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let mine = Candidate.sample(input: "secret question of a customer")
            var others = Candidate.sample()
            others.metadata = Array(#"{"tenant":"b","seats":7}"#.utf8)
            _ = try await store.keep([mine, others])
            _ = try await store.decide(Decision(.skip, reviewer: "r"), on: mine.id)
            #expect(try await store.candidates(withMetadata: "tenant", "a") == [mine.id])
            #expect(try await store.candidates(withMetadata: "seats", "7") == [others.id])
            let erased = try await store.erase([mine.id, .next()], by: "ops", reason: "asked to")
            #expect(erased.map(\.id) == [mine.id])
            #expect(erased.first?.cacheKey == "00ff")
            #expect(try await store.candidate(mine.id) == nil)
            #expect(try await store.decisions(on: mine.id).isEmpty)
            #expect(try await store.list(CandidateQuery(CandidateFilter(text: "secret"))).data.isEmpty)
            #expect(try await store.drops(after: 0).map(\.cacheKey) == ["00ff"])
            let events = try await store.events(limit: 10)
            #expect(events.map(\.what) == ["erase"])
            #expect(
                events.first?.detail.map { String(decoding: $0, as: UTF8.self) } == #"{"count":1,"reason":"asked to"}"#
            )
            // It may come again, from a spool: that is the spool's side of forgetting.
            #expect(try await store.keep([mine]) == 1)
        }
    }

    @Test(
        "keeps what a route keeps: old undecided ones go, then over its size rejected, then accepted ones",
        arguments: StoreKind.allCases
    )
    func prune(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let now = WallTime(milliseconds: 1_800_000_000_000)
            var all = ReviewStoreTests.different(10)
            for index in all.indices {
                all[index].createdAt = WallTime(milliseconds: now.milliseconds - Int64(10 - index) * 86_400_000)
            }
            let elsewhere = Candidate.sample(route: "other")
            _ = try await store.keep(all + [elsewhere])
            _ = try await store.decide(Decision(.accept), on: all[0].id)
            _ = try await store.decide(Decision(.reject), on: all[1].id)
            try await store.pin([all[2].id], to: "data set")
            func left() async throws -> [CandidateID] {
                try await store.list(CandidateQuery(route: "code-search", order: .oldestFirst)).data.map(\.id)
            }
            func prune(_ keeping: Keeping) async throws -> Int {
                var gone = 0
                while case let count = try await store.prune("code-search", keeping, now: now), count > 0 {
                    gone += count
                }
                return gone
            }
            #expect(try await prune(Keeping(age: .seconds(86_400 * 6 + 1), size: nil)) == 1)
            #expect(try await left() == [0, 1, 2, 4, 5, 6, 7, 8, 9].map { all[$0].id })
            let one = all[5].encode().count
            #expect(try await prune(Keeping(size: 4 * one + one / 2)) == 5)
            #expect(try await left() == [0, 1, 2, 9].map { all[$0].id })
            #expect(try await prune(Keeping(size: 2 * one + one / 2)) == 2)
            #expect(try await left() == [0, 2].map { all[$0].id })
            #expect(try await prune(Keeping(size: one / 2)) == 1)
            #expect(try await left() == [all[2].id])
            try await store.unpin(document: "data set")
            #expect(try await prune(Keeping(size: one / 2)) == 1)
            #expect(try await store.candidate(elsewhere.id) == elsewhere)
        }
    }
}
