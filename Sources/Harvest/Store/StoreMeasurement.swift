// How quick a store is with many candidates in it: fills an empty one, asks what the review page and the admin port
// ask, and tells the times. For `deploy/bench.sh store`, and for whoever wants to know what their own server takes.

import JSON
import Loop

/// Fills a store and measures it.
public struct StoreMeasurement {
    private let store: any Store
    private let count: Int
    private let tell: (String) -> Void

    /// - Parameter setting: of an empty store, or of none yet.
    public init(_ setting: String, count: Int, tell: @escaping (String) -> Void) throws(StoreError) {
        store = try KnownStores.open(setting)
        self.count = count
        self.tell = tell
    }

    /// - Throws: `.refused` where the store is not empty.
    public func run() async throws(StoreError) {
        let everything = CandidateFilter(statuses: Set(Candidate.Status.allCases))
        guard try await store.counts(everything).isEmpty else {
            throw .refused("the store is not empty: nothing is measured in a store that is in use")
        }
        try await fill()
        try await decide()
        tell("median and longest of 9, in ms:")
        let day: Int64 = 86_400_000
        let (from, to) = (
            WallTime(milliseconds: Self.end - 9 * day - 1_234_567), WallTime(milliseconds: Self.end - 2 * day)
        )
        for (name, filter) in [
            ("nothing", CandidateFilter()),
            ("route", CandidateFilter(route: "route-3")),
            ("route, reason, version", CandidateFilter(route: "route-1", reasons: ["format.grammar"], version: "v2")),
            ("accepted", CandidateFilter(statuses: [.accepted])),
            ("a week", CandidateFilter(from: from, to: to)),
            ("a week of a route", CandidateFilter(route: "route-2", from: from, to: to)),
            ("a rare word", CandidateFilter(text: "frobnicate77 ")),
            ("a word of one in a hundred", CandidateFilter(text: "noun42 ")),
            ("a word of every tenth", CandidateFilter(text: "noun7")),
            ("a word of all", CandidateFilter(text: "find ")),
            ("a word and a route", CandidateFilter(route: "route-2", text: "noun42 ")),
        ] {
            try await measure("list 50 by \(name)") { () async throws(StoreError) in
                _ = try await store.list(CandidateQuery(filter, limit: 50))
            }
            try await measure("count by \(name)") { () async throws(StoreError) in _ = try await store.counts(filter) }
        }
        var deep = CandidateQuery(CandidateFilter(), limit: 1000)
        for _ in 0..<20 { deep.after = try await store.list(deep).next }
        deep.limit = 50
        try await measure("list 50 far behind") { () async throws(StoreError) in _ = try await store.list(deep) }
        var reviewer = 0
        try await measure("take 5 items") { () async throws(StoreError) in
            reviewer += 1
            _ = try await store.take(
                CandidateFilter(route: "route-1"),
                reviewer: "r\(reviewer)",
                count: 5,
                leaseFor: .seconds(60),
                seed: 1
            )
        }
        let items = try await store.take(CandidateFilter(), reviewer: "m", count: 20, leaseFor: .seconds(600), seed: 1)
        var next = items.makeIterator()
        try await measure("decide") { () async throws(StoreError) in
            guard let item = next.next() else { return }
            _ = try await store.decide(Decision(.accept, reviewer: "m"), on: [item.candidate.id])
        }
        try await measure("progress") { () async throws(StoreError) in
            _ = try await store.progress(route: "route-1", reviewer: "m")
        }
        await store.close()
    }

    private func fill() async throws(StoreError) {
        let clock = ContinuousClock()
        var times: [Double] = []
        var made = 0
        var spent = Duration.zero
        while made < count {
            // Made before the clock runs: it is the driver's work, not the store's.
            let end = min(count, made + 10_240)
            let batches = (made..<end).map { Self.candidate($0, of: count) }.parts(of: 512).map(Array.init)
            let began = clock.now
            // Two at a time, as the spool's mover does it.
            times += try await batches.concurrentMap(atMost: 2) { [store] batch throws(StoreError) in
                let began = clock.now
                _ = try await store.keep(batch)
                return Self.seconds(clock.now - began)
            }
            spent += clock.now - began
            made = end
            if made % 102_400 < 10_240 {
                tell("  \(made) candidates, \(Int(Double(made) / Self.seconds(spent)))/s so far")
            }
        }
        let rate = Int(Double(count) / Self.seconds(spent))
        let worst = times.sorted()[times.count * 99 / 100]
        tell(
            "ingest: \(count) candidates of about 2.5 KB, \(rate)/s; 99 % of batches of 512 within \(Int(worst * 1000)) ms"
        )
    }

    /// Some of every status.
    private func decide() async throws(StoreError) {
        var query = CandidateQuery(CandidateFilter(), limit: 1000)
        let page = try await store.list(query)
        query.after = page.next
        for (index, candidate) in page.data.enumerated() {
            _ = try await store.decide(Decision(index % 3 == 0 ? .reject : .accept, reviewer: "a"), on: candidate.id)
        }
    }

    private func measure(_ name: String, _ body: () async throws(StoreError) -> Void) async throws(StoreError) {
        let clock = ContinuousClock()
        var times: [Double] = []
        for _ in 0..<9 {
            let began = clock.now
            try await body()
            times.append(Self.seconds(clock.now - began) * 1000)
        }
        times.sort()
        func round(_ time: Double) -> String { "\((time * 10).rounded() / 10)" }
        tell("  \(name): \(round(times[4])), \(round(times[8]))")
    }

    private static func seconds(_ time: Duration) -> Double {
        Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
    }

    // MARK: What it is filled with

    /// 2026-11-01, in milliseconds; the candidates are of the ninety days before.
    private static let end: Int64 = 1_793_491_200_000

    private static func candidate(_ number: Int, of count: Int) -> Candidate {
        var draw = Draws(seed: 11, reviewer: "measure", place: number)
        let nouns = (0..<3).map { _ in "noun\(draw.below(draw.below(10) == 0 ? 10 : 300))" }
        let adjectives = ["slowest", "largest", "newest", "recursive", "unused", "public", "deprecated", "tested"]
        let adjective = adjectives[draw.below(adjectives.count)]
        var input = "find the \(adjective) functions with \(nouns.joined(separator: " and "))"
        if draw.below(20_000) == 0 { input += " that frobnicate77" }
        if draw.below(4) == 0 { input += ", please" }
        let answer = "functions where \(adjective) and name in (\(nouns.joined(separator: ", "))) sort by name"
        let examples = String(repeating: #"{"role":"user","content":"an example of a question"},"#, count: 20)
        let tokens = answer.split(separator: " ").map { "\"\($0) \"" }.joined(separator: ",")
        let probabilities = answer.split(separator: " ").map { _ in "-0.0\(draw.below(900) + 100)" }.joined(
            separator: ","
        )
        let time = end - 90 * 86_400_000 + Int64(number) * 90 * 86_400_000 / Int64(count)
        var ids = CandidateID.Source()
        return Candidate(
            id: ids.next(at: WallTime(milliseconds: time)),
            requestID: "req-\(number)",
            createdAt: WallTime(milliseconds: time),
            route: "route-\(draw.below(5))",
            environment: "production",
            contract: "c\(number * 3 / max(1, count))",
            version: "v\(number * 5 / max(1, count))",
            reason: ["low_confidence", "low_confidence", "format.grammar", "no_small", "rule"][draw.below(5)],
            detail: "min_logprob -3.5 < -1.2",
            request: Array(#"{"model":"route","messages":[{"role":"user","content":"\#(input)"}]}"#.utf8),
            prompt: Candidate.Prompt(
                small: Array(#""\#(input)\n\n###\n\n""#.utf8),
                large: Array(#"[\#(examples){"role":"user","content":"\#(input)"}]"#.utf8)
            ),
            small: Candidate.Answer(
                model: "small",
                choices: Array(
                    (#"[{"index":0,"text":"functions where \#(adjective)","logprobs":{"tokens":[\#(tokens)],"#
                        + #""token_logprobs":[\#(probabilities)]},"finish_reason":"stop"}]"#).utf8
                ),
                milliseconds: 40
            ),
            large: Candidate.Answer(
                model: "large",
                choices: Array(
                    #"[{"index":0,"message":{"role":"assistant","content":"\#(answer)"},"finish_reason":"stop"}]"#.utf8
                ),
                milliseconds: 900
            ),
            score: -1.2 - draw.share() * 4,
            threshold: -1.2,
            cacheKey: nil
        )
    }
}
