// Candidates come in: at least once each, from any number of movers at a time; one row per id.
//
// Some are written twice, with what had come by then: of a stream before its first event and before its last, of a
// small answer that was cut off when it was hopeless and when it has come whole (`let_run`), of an audited pair before
// it is compared and after. A whole one stays, in whatever order they arrive, and so does what somebody has decided on;
// of two that broke off, the later one.
//
// An audit that contradicts an answer which had been accepted takes it out of all caches (`Ledger.drops`), in the same
// transaction.

extension Tables {
    /// - Returns: how many ids were new.
    func keep(_ drafts: [Draft]) throws -> Int {
        var waiting: [CandidateID: Draft] = [:]
        for draft in drafts {
            if let earlier = waiting[draft.id], !draft.completes(earlier.state, having: earlier.value) { continue }
            waiting[draft.id] = draft
        }
        try keepPagesOpen()
        var new = 0
        // A second round is for what another writer has added or changed since we looked; more than a third is not worth it.
        var secondTime: Set<CandidateID> = []
        for round in 0..<3 where !waiting.isEmpty {
            let known = try known(Array(waiting.keys))
            let order = waiting.values.sorted { $0.id < $1.id }
            let coming = order.filter { known[$0.id] == nil }
            let whole = order.filter { draft in
                known[draft.id].map { draft.completes($0.state, having: $0.value) } ?? false
            }
            let begun = whole.filter { known[$0.id]!.state == .incomplete }
            let places = try clusterPlaces(for: coming + begun)
            if round > 0 { secondTime.formUnion(places.values.compactMap(\.cluster)) }
            let added = try add(coming, places)
            new += added.count
            var overtaken: Set<CandidateID> = []
            for draft in whole {
                let row = known[draft.id]!
                let place = places[draft.id] ?? ClusterPlace(cluster: row.cluster, leads: row.leads)
                if try !makeWhole(row, draft, place) { overtaken.insert(draft.id) }
            }
            waiting = waiting.filter { id, _ in overtaken.contains(id) || known[id] == nil && !added.contains(id) }
        }
        // Its own first attempt may have said of a cluster that it is led.
        for cluster in secondTime.sorted() { try lead(cluster) }
        guard waiting.isEmpty else { throw StoreError.unavailable("others write the same candidates just now") }
        return new
    }

    private struct Known {
        var facet: Int64
        var number: Int64
        var words: String
        var digest: Int64
        var createdAt: WallTime
        var size: Int
        var value: Double
        var state: Draft.State
        var cluster: CandidateID?
        var leads: Bool
    }

    private func known(_ ids: [CandidateID]) throws -> [CandidateID: Known] {
        var known: [CandidateID: Known] = [:]
        for part in ids.sorted().parts(of: 500) {
            let rows = try sql.rows(
                """
                SELECT c.id, c.facet, c.created_at, c.size, f.status, c.small_cut, c.cluster, c.leads,
                    (SELECT count(*) FROM decisions d WHERE d.candidate = c.id), c.value, c.number, c.words, c.digest
                FROM candidates c JOIN facets f ON f.number = c.facet WHERE c.id IN (\(places(part.count)))
                """,
                part.map { SQLValue($0) }
            )
            for row in rows {
                known[try row.id(0)] = Known(
                    facet: try row.integer(1),
                    number: try row.integer(10),
                    words: try row.text(11),
                    digest: try row.integer(12),
                    createdAt: try row.time(2),
                    size: try row.number(3),
                    value: try row.real(9),
                    state: try row.number(8) > 0
                        ? .settled : Draft.State(status: row.word(4), isSmallCut: row.flag(5)),
                    cluster: row.optionalText(6).flatMap { CandidateID($0) },
                    leads: try row.flag(7)
                )
            }
        }
        return known
    }

    /// - Returns: those that were added: of the others somebody else has added a row just now.
    private func add(_ drafts: [Draft], _ clusters: [CandidateID: ClusterPlace]) throws -> Set<CandidateID> {
        var added: Set<CandidateID> = []
        for part in drafts.parts(of: 500) {
            var rows: [[SQLValue]] = []
            for draft in part {
                let place = clusters[draft.id]!
                rows.append([
                    SQLValue(draft.id), .integer(try book.number(of: draft.facet, sql)), SQLValue(draft.createdAt),
                    .text(draft.requestID), SQLValue(draft.cacheKey), SQLValue(draft.completion), .real(draft.value),
                    .integer(draft.id.shuffle), SQLValue(place.cluster), SQLValue(place.leads),
                    SQLValue(draft.isHoldout), SQLValue(draft.isSmallCut ?? false), SQLValue(draft.size),
                    .integer(draft.digest), .text(draft.words),
                ])
            }
            let returned = try sql.insert(
                into: "candidates",
                [
                    "id", "facet", "created_at", "request_id", "cache_key", "completion", "value", "shuffle", "cluster",
                    "leads", "holdout", "small_cut", "size", "digest", "words",
                ],
                rows,
                suffix: "ON CONFLICT (id) DO NOTHING",
                returning: "id"
            )
            for value in returned {
                guard case .text(let text) = value, let id = CandidateID(text) else { continue }
                added.insert(id)
            }
            let new = part.filter { added.contains($0.id) }
            try sql.insert(
                into: "records",
                ["id", "record"],
                new.map { [SQLValue($0.id), .text($0.record)] }
            )
            for draft in new {
                tally(
                    try book.number(of: draft.facet, sql),
                    draft.createdAt,
                    count: 1,
                    bytes: draft.size,
                    leaders: clusters[draft.id]!.leads ? 1 : 0
                )
                if draft.takesBackAnswer, let key = draft.cacheKey { addDrop(key) }
            }
        }
        return added
    }

    /// - Returns: false where another delivery has changed the row since we looked.
    private func makeWhole(_ known: Known, _ draft: Draft, _ place: ClusterPlace) throws -> Bool {
        let facet = try book.number(of: draft.facet, sql)
        let changed = try sql.change(
            """
            UPDATE candidates SET facet = ?, cache_key = ?, completion = ?, value = ?, cluster = ?, leads = ?, holdout = ?,
                small_cut = ?, size = ?, digest = ?, words = ?
            WHERE id = ? AND facet = ? AND digest = ? AND leads = ?
            """,
            [
                .integer(facet), SQLValue(draft.cacheKey), SQLValue(draft.completion), .real(draft.value),
                SQLValue(place.cluster), SQLValue(place.leads), SQLValue(draft.isHoldout),
                SQLValue(draft.isSmallCut ?? false), SQLValue(draft.size), .integer(draft.digest), .text(draft.words),
                SQLValue(draft.id), .integer(known.facet), .integer(known.digest), SQLValue(known.leads),
            ]
        )
        guard changed > 0 else { return false }
        try sql.change("UPDATE records SET record = ? WHERE id = ?", [.text(draft.record), SQLValue(draft.id)])
        repost(known.number, from: known.facet, to: facet)
        repost(known.number, from: known.words, to: draft.words)
        tally(known.facet, known.createdAt, count: -1, bytes: -known.size, leaders: known.leads ? -1 : 0)
        // `created_at` is the first one's: it is when the answer began.
        tally(facet, known.createdAt, count: 1, bytes: draft.size, leaders: place.leads ? 1 : 0)
        return true
    }
}

extension Draft {
    /// What a row still lacks.
    enum State: Equatable {
        case incomplete
        case smallCut
        /// Nothing, or somebody has decided on it as it is.
        case settled

        init(status: Candidate.Status, isSmallCut: Bool) {
            self = status == .incomplete ? .incomplete : isSmallCut && status == .new ? .smallCut : .settled
        }
    }

    var state: State { State(status: facet.status, isSmallCut: isSmallCut ?? false) }

    /// Of two that broke off, the later one has what came of the answer, the other what was known before it.
    func completes(_ state: State, having value: Double) -> Bool {
        switch state {
        case .incomplete: facet.status != .incomplete || self.value > value
        case .smallCut: facet.status == .new && isSmallCut == false
        case .settled: false
        }
    }
}
