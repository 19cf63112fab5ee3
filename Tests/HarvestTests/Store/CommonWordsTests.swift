import Testing

@testable import Harvest

/// Words that more candidates have than are listed at once: they are met on the way through the newest.
@Suite(.timeLimit(.minutes(5))) struct CommonWordsTests {
    @Test func `pages of a common word have all that have it, in order, however rare it is under a filter`()
        async throws
    {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        let count = Tables.rare + 600
        var all: [Candidate] = []
        for number in 0..<count {
            // All but 600 have the word; on the other route only the oldest three.
            let isOther = number < 3 || number >= Tables.rare + 100
            let has = number < Tables.rare + 100
            var candidate = Candidate.sample(input: has ? "ubiquitous \(number)" : "sparse \(number)", large: "a")
            candidate.route = isOther ? "other" : "main"
            candidate.createdAt = WallTime(milliseconds: 1_800_000_000_000 + Int64(number / 3))
            all.append(candidate)
        }
        for part in all.parts(of: 512) { _ = try await store.keep(Array(part)) }
        let lists: [(String, CandidateQuery.Order)] = [
            ("main", .newestFirst), ("main", .oldestFirst), ("other", .newestFirst),
        ]
        for (route, order) in lists {
            let filter = CandidateFilter(route: route, text: "ubiquitous")
            let expected = all.filter { $0.route == route && ($0.input ?? "").hasPrefix("ubiquitous") }
                .map { ($0.createdAt.milliseconds, $0.id) }
                .sorted { order == .newestFirst ? $0 > $1 : $0 < $1 }.map(\.1)
            #expect(try await store.counts(filter).reduce(0) { $0 + $1.count } == expected.count)
            var query = CandidateQuery(filter, limit: 300, order: order)
            var found: [CandidateID] = []
            repeat {
                let page = try await store.list(query)
                found += page.data.map(\.id)
                query.after = page.next
            } while query.after != nil && found.count < 1000
            #expect(found == Array(expected.prefix(1200)))
        }
        await store.close()
    }
}
