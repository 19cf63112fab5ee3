import Testing

@testable import Harvest

/// The queue, the decisions of reviewers, and what is counted of them; over each store.
@Suite("A review store")
struct ReviewStoreTests {
    /// Candidates that are alike to none of the others.
    static func different(_ count: Int, route: String = "code-search") -> [Candidate] {
        (0..<count).map { index in
            let word = String(index * 7919 + 104_729, radix: 36)
            var candidate = Candidate.sample(route: route, input: "\(word) \(word) \(index)", large: "answer \(word)")
            candidate.score = -1.2 - Double(index) / 10
            return candidate
        }
    }

    private static let minute = Duration.seconds(60)

    @Test("shows what is near the threshold first, and gives a reviewer the same again", arguments: StoreKind.allCases)
    func order(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let all = Self.different(40)
            _ = try await store.keep(all.shuffled())
            let first = try await store.take(
                CandidateFilter(),
                reviewer: "a",
                count: 20,
                leaseFor: Self.minute,
                seed: 1
            )
            #expect(first.count == 20)
            #expect(Set(first.map(\.candidate.id)).count == 20)
            let byValue = first.filter { $0.draw == .value }.map(\.candidate.id)
            #expect(byValue == all.map(\.id).filter { byValue.contains($0) })
            #expect(byValue.count >= 14)
            #expect(first.allSatisfy { $0.purpose == .review && $0.clusterSize == 1 })
            let again = try await store.take(
                CandidateFilter(),
                reviewer: "a",
                count: 20,
                leaseFor: Self.minute,
                seed: 9
            )
            #expect(again.map(\.candidate.id) == first.map(\.candidate.id))
            let other = try await store.take(
                CandidateFilter(),
                reviewer: "b",
                count: 100,
                leaseFor: Self.minute,
                seed: 1
            )
            #expect(Set(other.map(\.candidate.id)).isDisjoint(with: first.map(\.candidate.id)))
            #expect(other.count == 20)
            try await store.release(nil, reviewer: "a")
            let rest = try await store.take(
                CandidateFilter(),
                reviewer: "b",
                count: 100,
                leaseFor: Self.minute,
                seed: 1
            )
            #expect(rest.count == 40)
        }
    }

    @Test("gives back what a reviewer has left lying", arguments: StoreKind.allCases)
    func expiry(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            _ = try await store.keep(Self.different(3))
            let held = try await store.take(CandidateFilter(), reviewer: "a", count: 3, leaseFor: .zero, seed: 1)
            #expect(held.count == 3)
            let others = try await store.take(
                CandidateFilter(),
                reviewer: "b",
                count: 3,
                leaseFor: Self.minute,
                seed: 1
            )
            #expect(others.count == 3)
            await #expect(throws: StoreError.refused("b is deciding on this candidate just now")) {
                _ = try await store.decide(Decision(.accept, reviewer: "a"), on: [held[0].candidate.id])
            }
        }
    }

    @Test("draws a tenth at random, by the seed", arguments: StoreKind.allCases)
    func random(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            _ = try await store.keep(Self.different(300))
            var random = 0
            for reviewer in ["a", "b"] {
                let items = try await store.take(
                    CandidateFilter(),
                    reviewer: reviewer,
                    count: 100,
                    leaseFor: Self.minute,
                    seed: 3
                )
                random += items.count { $0.draw == .random }
            }
            // Binomial, 200 draws: outside with a probability under one in a million; and the seed is fixed.
            #expect((2...48).contains(random))
        }
    }

    @Test("shows one of a cluster, and a decision stands for all that were listed", arguments: StoreKind.allCases)
    func clusters(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let near = [
                "find my slowest recursive functions", "Find my slowest recursive functions!",
                "find my slowest recursive function",
            ]
            .map { Candidate.sample(input: $0, large: "sort by duration desc") }
            let opposite = Candidate.sample(input: "find my fastest recursive functions", large: "sort by duration asc")
            _ = try await store.keep(near)
            _ = try await store.keep([opposite])
            let items = try await store.take(
                CandidateFilter(),
                reviewer: "a",
                count: 10,
                leaseFor: Self.minute,
                seed: 1
            )
            #expect(items.count == 2)
            let item = try #require(items.first { $0.candidate.id != opposite.id })
            #expect(item.clusterSize == 3)
            let members = try await store.cluster(of: item.candidate.id)
            #expect(Set(members.map(\.id)) == Set(near.map(\.id)))
            #expect(members.first?.id == item.candidate.id)
            #expect(try await store.cluster(of: opposite.id).map(\.id) == [opposite.id])
            await #expect(throws: StoreError.self) {
                _ = try await store.decide(
                    Decision(.accept, reviewer: "a"),
                    on: [item.candidate.id, opposite.id]
                )
            }
            #expect(try await store.candidate(item.candidate.id)?.status == .new)
            let done = try await store.decide(Decision(.accept, reviewer: "a"), on: members.map(\.id))
            #expect(done?.candidate.status == .accepted)
            for member in members { #expect(try await store.candidate(member.id)?.status == .accepted) }
            for member in members.dropFirst() {
                let event = try #require(try await store.decisions(on: member.id).first)
                #expect(event.byCluster)
                #expect(event.review == done?.events.first?.id)
            }
            let progress = try await store.progress(route: nil, reviewer: "a")
            #expect(progress.reviews == 1)
            #expect(progress.mine == [.accept: 1])
            #expect(progress.itemsLeft == 1)
            #expect(progress.candidates == [.accepted: 3, .new: 1])
            // Taken back whole; and what was shown is shown again.
            let undone = try await store.undo(reviewer: "a")
            #expect(undone.count == 3)
            for member in members { #expect(try await store.candidate(member.id)?.status == .new) }
            let again = try await store.take(
                CandidateFilter(),
                reviewer: "a",
                count: 10,
                leaseFor: Self.minute,
                seed: 1
            )
            #expect(Set(again.map(\.candidate.id)) == [item.candidate.id, opposite.id])
            // One alone: another of the cluster takes its place.
            _ = try await store.decide(Decision(.reject, reviewer: "a"), on: [item.candidate.id])
            let next = try await store.take(CandidateFilter(), reviewer: "a", count: 10, leaseFor: Self.minute, seed: 1)
            #expect(next.count == 2)
            #expect(next.first { $0.candidate.id != opposite.id }?.clusterSize == 2)
        }
    }

    @Test(
        "clusters have at most 200 members, also of an answer that many questions have",
        arguments: StoreKind.allCases
    )
    func fullClusters(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            for _ in 0..<5 {
                _ = try await store.keep(
                    (0..<90).map { _ in Candidate.sample(input: "one and the same", large: "yes") }
                )
            }
            _ = try await store.keep(
                (0..<60).map { Candidate.sample(input: String($0 * 7919 + 104_729, radix: 36), large: "yes") }
            )
            _ = try await store.keep((0..<60).map { _ in Candidate.sample(input: "late and the same", large: "yes") })
            let items = try await store.take(
                CandidateFilter(),
                reviewer: "a",
                count: 100,
                leaseFor: Self.minute,
                seed: 1
            )
            #expect(items.map(\.clusterSize).max() == 200)
            let inAll = items.reduce(0) { $0 + $1.clusterSize }
            #expect(inAll == 570)
            #expect(items.count { $0.candidate.input == "late and the same" } == 1)
        }
    }

    @Test(
        "takes back without limit, adds an event for it, and marks what is decided after the reveal",
        arguments: StoreKind.allCases
    )
    func undo(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let all = Self.different(12)
            _ = try await store.keep(all)
            for candidate in all {
                _ = try await store.decide(
                    Decision(.edit, completion: "mine", reviewer: "a", note: "\0"),
                    on: [candidate.id]
                )
            }
            for candidate in all.reversed() {
                let events = try await store.undo(reviewer: "a")
                #expect(events.map(\.candidate) == [candidate.id])
                #expect(events.first?.from == .edited)
                #expect(events.first?.to == .new)
                #expect(try await store.candidate(candidate.id) == candidate)
            }
            #expect(try await store.undo(reviewer: "a").isEmpty)
            let again = try await store.decide(Decision(.accept, reviewer: "a"), on: [all[0].id])
            #expect(again?.events.first?.afterReveal == true)
            let events = try await store.decisions(on: all[0].id)
            #expect(events.map(\.to) == [.edited, .new, .accepted])
            #expect(events[1].undoes == events[0].id)
            #expect(events[0].decision.note == "\0")
            let history = try await store.history(reviewer: "a", limit: 100)
            #expect(history.count == 13)
            #expect(history.map(\.isUndone) == [false] + Array(repeating: true, count: 12))
            #expect(history[0].input == all[0].input)
        }
    }

    @Test("an undo leaves what somebody else has said since", arguments: StoreKind.allCases)
    func undoUnderneath(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let candidate = Self.different(1)[0]
            _ = try await store.keep([candidate])
            _ = try await store.decide(Decision(.accept, reviewer: "a"), on: [candidate.id])
            _ = try await store.decide(Decision(.reject, reviewer: "b"), on: candidate.id)
            #expect(try await store.undo(reviewer: "a").first?.to == .rejected)
            #expect(try await store.candidate(candidate.id)?.status == .rejected)
            #expect(try await store.undo(reviewer: "b").first?.to == .new)
        }
    }

    @Test(
        "asks for second opinions on one in twenty, compares them, and lists where they differ",
        arguments: StoreKind.allCases
    )
    func overlap(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let all = Self.different(400)
            _ = try await store.keep(all)
            let chosen = all.filter { Tables.asksForSecondOpinion($0.id) }
            try #require(chosen.count > 4)
            for candidate in all { _ = try await store.decide(Decision(.accept, reviewer: "a"), on: [candidate.id]) }
            let items = try await store.take(
                CandidateFilter(),
                reviewer: "b",
                count: 100,
                leaseFor: Self.minute,
                seed: 1
            )
            #expect(items.allSatisfy { $0.purpose == .overlap })
            #expect(Set(items.map(\.candidate.id)) == Set(chosen.map(\.id)))
            for (index, item) in items.enumerated() {
                let decision = Decision(index == 0 ? .reject : .accept, reviewer: "b")
                let done = try await store.decide(decision, on: [item.candidate.id])
                #expect(done?.events.first?.purpose == .overlap)
                #expect(done?.drops == [])
                // A second opinion changes nothing.
                #expect(try await store.candidate(item.candidate.id)?.status == .accepted)
            }
            let progress = try await store.progress(route: "code-search", reviewer: "b")
            #expect(progress.overlap == ReviewProgress.Tally(agreed: items.count - 1, of: items.count))
            #expect(progress.conflicts == 1)
            #expect(progress.kappa == 0)
            let conflicts = try await store.conflicts(route: nil, limit: 10)
            #expect(conflicts.map(\.candidate) == [items[0].candidate.id])
            #expect(conflicts.first?.first.decision.reviewer == "a")
            #expect(conflicts.first?.second.decision.verb == .reject)
            _ = try await store.decide(Decision(.reject, reviewer: "c"), on: items[0].candidate.id)
            #expect(try await store.conflicts(route: nil, limit: 10).isEmpty)
            #expect(try await store.candidate(items[0].candidate.id)?.status == .rejected)
            // Taken back, it is one again.
            _ = try await store.undo(reviewer: "c")
            #expect(try await store.conflicts(route: nil, limit: 10).map(\.candidate) == [items[0].candidate.id])
            // A first opinion that was changed, and changed back, is the one before.
            _ = try await store.decide(Decision(.reject, reviewer: "a"), on: [items[1].candidate.id])
            _ = try await store.undo(reviewer: "a")
            #expect(try await store.conflicts(route: nil, limit: 10).map(\.candidate) == [items[0].candidate.id])
            #expect(try await store.progress(route: "code-search", reviewer: "b").overlap.of == items.count)
        }
    }

    @Test("who does not hold a candidate any more decides over nobody else", arguments: StoreKind.allCases)
    func lateDecision(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let candidate = Self.different(1)[0]
            _ = try await store.keep([candidate])
            _ = try await store.decide(Decision(.accept, reviewer: "b"), on: [candidate.id])
            await #expect(throws: StoreError.self) {
                _ = try await store.decide(Decision(.reject, reviewer: "a"), on: [candidate.id])
            }
            #expect(try await store.candidate(candidate.id)?.status == .accepted)
            // Its own decision everybody may change.
            _ = try await store.decide(Decision(.reject, reviewer: "b"), on: [candidate.id])
            #expect(try await store.candidate(candidate.id)?.status == .rejected)
        }
    }

    @Test("mixes in what is known, and measures the reviewer by it", arguments: StoreKind.allCases)
    func known(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let old = Self.different(200)
            _ = try await store.keep(old)
            for candidate in old { _ = try await store.decide(Decision(.accept, reviewer: "a"), on: [candidate.id]) }
            for item in try await store.take(
                CandidateFilter(),
                reviewer: "b",
                count: 100,
                leaseFor: Self.minute,
                seed: 1
            ) {
                _ = try await store.decide(Decision(.accept, reviewer: "b"), on: [item.candidate.id])
            }
            var shown = 0
            var seed: UInt64 = 0
            _ = try await store.keep(Self.different(600, route: "other"))
            while shown == 0, seed < 40 {
                seed += 1
                let items = try await store.take(
                    CandidateFilter(),
                    reviewer: "c",
                    count: 60,
                    leaseFor: Self.minute,
                    seed: seed
                )
                for item in items where item.purpose == .known {
                    shown += 1
                    #expect(item.draw == .known)
                    let done = try await store.decide(Decision(.reject, reviewer: "c"), on: [item.candidate.id])
                    #expect(done?.agrees == false)
                    #expect(try await store.candidate(item.candidate.id)?.status == .accepted)
                }
                try await store.release(nil, reviewer: "c")
            }
            #expect(shown > 0)
            #expect(
                try await store.progress(route: nil, reviewer: "c").known == ReviewProgress.Tally(agreed: 0, of: shown)
            )
        }
    }

    @Test("filters the queue by route, text, reason and time", arguments: StoreKind.allCases)
    func filters(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            var all = Self.different(20) + Self.different(20, route: "other")
            for index in all.indices { all[index].createdAt = WallTime(milliseconds: Int64(index) * 1000) }
            _ = try await store.keep(all)
            for filter in [
                CandidateFilter(route: "other"), CandidateFilter(text: all[3].input),
                CandidateFilter(from: WallTime(milliseconds: 5000), to: WallTime(milliseconds: 30_000)),
                CandidateFilter(reasons: ["none"]),
                CandidateFilter(route: "code-search", from: WallTime(milliseconds: 15_000)),
            ] {
                let items = try await store.take(filter, reviewer: "a", count: 100, leaseFor: Self.minute, seed: 1)
                let expected = try await store.list(CandidateQuery(filter, limit: 1000)).data
                #expect(Set(items.map(\.candidate.id)) == Set(expected.map(\.id)), "\(filter)")
                try await store.release(nil, reviewer: "a")
            }
        }
    }

    @Test("drops the cached answers of what is rejected or edited", arguments: StoreKind.allCases)
    func drops(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            var all = Self.different(4)
            for index in all.indices { all[index].cacheKey = "0\(index)" }
            _ = try await store.keep(all)
            let start = try await store.latestDrop()
            let verbs: [Decision.Verb] = [.accept, .reject, .edit, .skip]
            for (candidate, verb) in zip(all, verbs) {
                let decision = Decision(verb, completion: verb == .edit ? "x" : nil, reviewer: "a")
                let done = try await store.decide(decision, on: [candidate.id])
                #expect(done?.drops == (verb == .reject || verb == .edit ? [candidate.cacheKey!] : []))
            }
            let drops = try await store.drops(after: start)
            #expect(drops.map(\.cacheKey) == ["01", "02"])
            #expect(try await store.drops(after: drops[0].number).map(\.cacheKey) == ["02"])
            #expect(try await store.latestDrop() == drops[1].number)
        }
    }

    @Test("two reviewers at once get nothing twice, but for second opinions", arguments: StoreKind.allCases)
    func twoAtOnce(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let all = Self.different(120)
            _ = try await store.keep(all)
            let decided = await withTaskGroup(of: [CandidateID].self) { group in
                for reviewer in ["a", "b"] {
                    group.addTask {
                        var mine: [CandidateID] = []
                        while let items = try? await store.take(
                            CandidateFilter(),
                            reviewer: reviewer,
                            count: 4,
                            leaseFor: Self.minute,
                            seed: 5
                        ),
                            let item = items.first
                        {
                            _ = try? await store.decide(Decision(.accept, reviewer: reviewer), on: [item.candidate.id])
                            mine.append(item.candidate.id)
                        }
                        return mine
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(decided) == Set(all.map(\.id)))
            var times: [CandidateID: Int] = [:]
            for id in decided { times[id, default: 0] += 1 }
            for (id, count) in times where count > 1 {
                let purposes = try await store.decisions(on: id).map(\.purpose)
                #expect(purposes.count { $0 == .review } == 1)
            }
        }
    }

    @Test("Cohen's kappa is as scikit-learn has it")
    func kappa() {
        #expect(Tables.kappa([]) == nil)
        #expect(Tables.kappa([("a", "a", 5)]) == nil)
        #expect(Tables.kappa([("a", "a", 5), ("b", "b", 5)]) == 1)
        // cohen_kappa_score of 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 0.4
        let kappa = Tables.kappa([("y", "y", 20), ("y", "n", 5), ("n", "y", 10), ("n", "n", 15)])
        #expect(kappa.map { abs($0 - 0.4) < 1e-12 } == true)
    }
}
