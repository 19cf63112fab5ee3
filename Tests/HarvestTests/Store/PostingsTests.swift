import Testing

@testable import Harvest

/// Counts by words, out of pages that are sealed and what follows them, against a count of one by one.
@Suite(.timeLimit(.minutes(5))) struct PostingsTests {
    @Test("counts by words are exact, whatever becomes of a candidate", arguments: StoreKind.allCases)
    func exact(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            var all = Self.candidates(PageMembers.capacity + 400)
            for part in all.parts(of: 512) { _ = try await store.keep(Array(part)) }
            #expect(try await store.read { try $0.sql.number("SELECT count(*) FROM pages", []) } == 1)
            try await Self.expectExact(all, in: store)

            // Other facets: decided, undone, whole after it had been incomplete.
            for index in stride(from: 0, to: 300, by: 3) {
                let verb: Decision.Verb = index % 2 == 0 ? .accept : .reject
                _ = try await store.decide(Decision(verb, reviewer: "ada"), on: [all[index].id])
                all[index].status = index % 2 == 0 ? .accepted : .rejected
            }
            _ = try await store.undo(reviewer: "ada")
            all[297].status = .new
            for index in 400..<420 {
                all[index].status = .new
                #expect(try await store.keep([all[index]]) == 0)
            }
            try await Self.expectExact(all, in: store)

            // Gone, some of them the only one with their word.
            let gone = Array(all[280..<330] + all[(PageMembers.capacity - 20)..<(PageMembers.capacity + 20)])
            #expect(try await store.erase(gone.map(\.id), by: "ada", reason: "asked").count == gone.count)
            let ids = Set(gone.map(\.id))
            all.removeAll { ids.contains($0.id) }
            try await Self.expectExact(all, in: store)
            let query = "SELECT page FROM postings WHERE term = ?"
            #expect(try await store.read { try $0.sql.rows(query, ["wonly300"]) }.isEmpty)
            #expect(try await !store.read { try $0.sql.rows(query, ["wrare0"]) }.isEmpty)
        }
    }

    @Test func `a copy makes an index of its own, and a store of before is given one`() async throws {
        let directory = TemporaryDirectory()
        let (first, second) = ("sqlite:\(directory.path)/a.db", "sqlite:\(directory.path)/b.db")
        let all = Self.candidates(PageMembers.capacity + 100)
        var store = try SQLStore.sqlite(path: "\(directory.path)/a.db")
        for part in all.parts(of: 512) { _ = try await store.keep(Array(part)) }
        try await store.write { tables in
            try tables.sql.script(
                "DROP TABLE pages; DROP TABLE postings; DELETE FROM grdb_migrations WHERE identifier = '4'"
            )
            try tables.sql.script(Schema.wordIndex(.sqlite))
            for verb in ["INSERT", "UPDATE", "DELETE"] { try tables.sql.script("DROP TRIGGER refuse_older_\(verb)") }
        }
        await store.close()
        store = try SQLStore.sqlite(path: "\(directory.path)/a.db")
        #expect(try await store.read { try $0.sql.number("SELECT count(*) FROM pages", []) } == 1)
        try await Self.expectExact(all, in: store)
        await store.close()

        #expect(try StoreCopy(from: first, to: second, mirrors: true).run().candidates == all.count)
        store = try SQLStore.sqlite(path: "\(directory.path)/b.db")
        #expect(try await store.read { try $0.sql.number("SELECT count(*) FROM pages", []) } == 1)
        try await Self.expectExact(all, in: store)
        await store.close()
    }

    @Test func `several writers seal each page once, and lose nothing`() async throws {
        let server = try RealPostgres.shared.get()
        let url = server.url(try server.database())
        let all = Self.candidates(2 * PageMembers.capacity + 100)
        let stores = try (0..<3).map { _ in try SQLStore.postgresql(url) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, store) in stores.enumerated() {
                group.addTask {
                    for (number, part) in all.parts(of: 200).enumerated() where number % stores.count == index {
                        _ = try await store.keep(Array(part))
                        let some = part.first { $0.status == .new }!.id
                        _ = try await store.decide(Decision(.accept, reviewer: "r\(index)"), on: some)
                    }
                }
            }
            try await group.waitForAll()
        }
        var expected = all
        for start in stride(from: 0, to: all.count, by: 200) {
            expected[expected[start...].firstIndex { $0.status == .new }!].status = .accepted
        }
        #expect(try await stores[0].read { try $0.sql.number("SELECT count(*) FROM pages", []) } == 2)
        for store in stores { try await Self.expectExact(expected, in: store) }
        for store in stores { await store.close() }
    }

    // MARK: Candidates, and what is asked of them

    private static let nouns = ["parsers", "part", "partitions", "naïve", "nai\u{308}ve", "c++", "c#", "関数", "é"]

    private static func candidates(_ count: Int) -> [Candidate] {
        (0..<count).map { number in
            var input = "find \(nouns[number % nouns.count]) and \(nouns[number * 7 / 3 % nouns.count])"
            if number % 50 == 0 { input += " rare\(number % 100)" }
            if number == 300 { input += " only300" }
            var candidate = Candidate.sample(
                route: "r\(number % 3)",
                reason: number % 5 == 0 ? "rule" : "low_confidence",
                input: input,
                large: "answer \(number)",
                // Their answer is still to come.
                status: (400..<420).contains(number) ? .incomplete : .new
            )
            // Neither in the order of numbers, nor in whole hours; three at a time.
            candidate.createdAt = WallTime(milliseconds: Self.start + Int64(number * 7919 % count / 3) * 183_007)
            return candidate
        }
    }

    private static let start: Int64 = 1_795_392_344_123

    private static func expectExact(
        _ candidates: [Candidate],
        in store: SQLStore,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let inputs = candidates.map { Set(SearchWords($0.input ?? "").words.map { Array($0.utf8) }) }
        let (early, late) = (
            WallTime(milliseconds: start + 60_000_000), WallTime(milliseconds: start + 300_000_001)
        )
        for text in [
            "find ", "fin", "f", "part ", "part", "pa", "parts ", "parsers and ", "c++ ", "c", "c# ", "関数", "naïve ",
            "nai\u{308}ve ", "é ", "rare50 ", "rare", "only300 ", "nothing ", "find rare0 ", "rare0 pars", "and na",
        ] {
            let words = SearchWords(text)
            let having = candidates.indices.filter { index in
                words.words.enumerated().allSatisfy { place, word in
                    place == words.words.count - 1 && words.lastIsPrefix
                        ? inputs[index].contains { $0.starts(with: word.utf8) }
                        : inputs[index].contains(Array(word.utf8))
                }
            }.map { candidates[$0] }
            for filter in [
                CandidateFilter(text: text), CandidateFilter(route: "r1", text: text),
                CandidateFilter(statuses: Set(Candidate.Status.allCases), reasons: ["rule"], text: text),
                CandidateFilter(from: early, text: text), CandidateFilter(from: early, to: late, text: text),
            ] {
                let expected = having.filter { candidate in
                    (filter.route == nil || candidate.route == filter.route)
                        && (filter.reasons == nil || filter.reasons!.contains(candidate.reason))
                        && (filter.statuses?.contains(candidate.status) ?? (candidate.status != .incomplete))
                        && (filter.from.map { candidate.createdAt.milliseconds >= $0.milliseconds } ?? true)
                        && (filter.to.map { candidate.createdAt.milliseconds < $0.milliseconds } ?? true)
                }
                let counts = try await store.counts(filter)
                let comment: Comment = "\(text): \(filter)"
                #expect(counts.reduce(0) { $0 + $1.count } == expected.count, comment, sourceLocation: location)
                if filter.route == nil, filter.reasons == nil {
                    try await expectListed(expected, filter, in: store, comment, location)
                }
            }
        }
    }

    /// The first pages of the list, in both orders.
    private static func expectListed(
        _ candidates: [Candidate],
        _ filter: CandidateFilter,
        in store: SQLStore,
        _ comment: Comment,
        _ location: SourceLocation
    ) async throws {
        let places = candidates.map { ListPlace(createdAt: $0.createdAt, id: $0.id) }.sorted()
        for order in [CandidateQuery.Order.newestFirst, .oldestFirst] {
            let expected = Array((order == .newestFirst ? places.reversed() : places).prefix(80))
            var query = CandidateQuery(filter, limit: 40, order: order)
            var found: [CandidateID] = []
            repeat {
                let page = try await store.list(query)
                found += page.data.map(\.id)
                query.after = page.next
            } while query.after != nil && found.count < 80
            #expect(found == expected.map(\.id), comment, sourceLocation: location)
        }
    }
}
