import Testing

@testable import Harvest

/// Lists and counts against the same question asked in memory.
@Suite("A store's filters")
struct FilterTests {
    private static func candidates(_ count: Int) -> [Candidate] {
        let languages = ["C", "C++", "C#", "Go", "größer", "関数", "snake_case"]
        var random = Draws(seed: 7, reviewer: "filters", place: 0)
        return (0..<count).map { index in
            var candidate = Candidate.sample(
                route: ["a", "b"][random.below(2)],
                reason: ["low_confidence", "format.json", "rule"][random.below(3)],
                input: "Find function \(index % 40) in \(languages[random.below(languages.count)])",
                status: random.below(9) == 0 ? .incomplete : .new
            )
            candidate.version = [nil, "v1", "v2"][random.below(3)]
            candidate.source = Candidate.Source.allCases[random.below(4)]
            candidate.contract = ["x", "y"][random.below(2)]
            candidate.createdAt = WallTime(milliseconds: Int64(index / 2) * 1_200_000 + 77)
            return candidate
        }
    }

    private static func passes(_ candidate: Candidate, _ filter: CandidateFilter) -> Bool {
        if let words = filter.words {
            let there = SearchWords(candidate.input ?? "").words
            for (index, word) in words.words.enumerated() {
                let isPrefix = words.lastIsPrefix && index == words.words.count - 1
                guard there.contains(where: { isPrefix ? $0.hasPrefix(word) : $0 == word }) else { return false }
            }
        }
        if let from = filter.from, candidate.createdAt < from { return false }
        if let to = filter.to, candidate.createdAt >= to { return false }
        if let id = filter.requestID, candidate.requestID != id { return false }
        return Facet(candidate).passes(filter)
    }

    @Test("list and count what passes, and nothing else, alone and together", arguments: StoreKind.allCases)
    func everyFilter(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let all = Self.candidates(300)
            _ = try await store.keep(all)
            var filters: [CandidateFilter] = [
                CandidateFilter(), CandidateFilter(route: "a"), CandidateFilter(route: "none"),
                CandidateFilter(statuses: [.incomplete]), CandidateFilter(statuses: [.new, .incomplete]),
                CandidateFilter(reasons: ["rule", "format.json"]), CandidateFilter(version: "v1"),
                CandidateFilter(version: ""), CandidateFilter(source: .audit), CandidateFilter(contract: "y"),
                CandidateFilter(from: WallTime(milliseconds: 3_700_000)),
                CandidateFilter(to: WallTime(milliseconds: 9_000_000)),
                CandidateFilter(from: WallTime(milliseconds: 1_200_077), to: WallTime(milliseconds: 1_200_078)),
                CandidateFilter(from: WallTime(milliseconds: 5_000_000), to: WallTime(milliseconds: 90_000_001)),
                CandidateFilter(from: WallTime(milliseconds: 9), to: WallTime(milliseconds: 8)),
                CandidateFilter(requestID: all[3].requestID), CandidateFilter(requestID: "none"),
            ]
            for text in [
                "c++", "C", "c#", "func", "FUNCTION 7", "7 find ", "größ", "関", "case snake", "'", "x\" OR 1 --", "",
                "zzz",
            ] {
                filters.append(CandidateFilter(text: text))
                filters.append(
                    CandidateFilter(
                        route: "b",
                        statuses: [.new],
                        reasons: ["low_confidence"],
                        from: WallTime(milliseconds: 7_200_000),
                        text: text
                    )
                )
            }
            for filter in filters {
                let expected = all.filter { Self.passes($0, filter) }
                for order in [CandidateQuery.Order.newestFirst, .oldestFirst] {
                    var query = CandidateQuery(filter, limit: 37, order: order)
                    var found: [CandidateID] = []
                    repeat {
                        let page = try await store.list(query)
                        found += page.data.map(\.id)
                        query.after = page.next
                    } while query.after != nil
                    let sorted = expected.sorted { a, b in
                        let (first, second) = order == .oldestFirst ? (a, b) : (b, a)
                        return (first.createdAt, first.id) < (second.createdAt, second.id)
                    }
                    #expect(found == sorted.map(\.id), "\(filter)")
                }
                #expect(try await store.counts(filter).map(\.count).reduce(0, +) == expected.count, "\(filter)")
            }
        }
    }

    @Test("counts follow decisions, deletions and what is made whole")
    func tallies() async throws {
        for kind in StoreKind.allCases {
            try await kind.withStore { store async throws in
                let all = Self.candidates(60)
                _ = try await store.keep(all)
                let whole = all.filter { $0.status == .incomplete }.map { candidate in
                    var candidate = candidate
                    candidate.status = .new
                    return candidate
                }
                _ = try await store.keep(whole)
                for candidate in all[..<20] { _ = try await store.decide(Decision(.reject), on: candidate.id) }
                _ = try await store.erase(all[15..<30].map(\.id), by: "t", reason: "test")
                let counts = try await store.counts(CandidateFilter(statuses: Set(Candidate.Status.allCases)))
                var byStatus: [Candidate.Status: Int] = [:]
                for count in counts { byStatus[count.status, default: 0] += count.count }
                #expect(byStatus == [.rejected: 15, .new: 30])
            }
        }
    }
}

@Suite("The words of a search")
struct SearchWordsTests {
    @Test(
        "are runs of letters, digits, + and #, in lower case, each once",
        arguments: [
            ("My slowest, recursive functions!", ["my", "slowest", "recursive", "functions"]),
            ("C C++ c# c", ["c++", "c#", "c"]),
            ("snake_case camelCase", ["snake", "case", "camelcase"]),
            ("größer Ελλάδα", ["größer", "ελλάδα"]),
            ("再帰関数 go", ["再", "帰", "関", "数", "go"]),
            ("", []), (" \n'\"\\-", []),
        ]
    )
    func words(text: String, expected: [String]) {
        #expect(SearchWords(text).words == expected)
    }

    @Test("of which the last may go on where the text ends in it")
    func prefix() {
        #expect(SearchWords("my func").lastIsPrefix)
        #expect(!SearchWords("my func ").lastIsPrefix)
        #expect(SearchWords("go my go").words.last == "go")
    }

    @Test("are bounded in number and length")
    func bounded() {
        let many = SearchWords((0..<2000).map { "w\($0)" }.joined(separator: " "))
        #expect(many.words.count == SearchWords.most)
        #expect(SearchWords(String(repeating: "x", count: 5000)).words == [String(repeating: "x", count: 64)])
    }
}
