// Candidates leave: because somebody is to be forgotten, or because the route keeps no more.

import Loop

extension Tables {
    /// - Returns: what was there.
    func erase(_ ids: [CandidateID], by who: String, reason: String) throws -> [ErasedCandidate] {
        let erased = try delete(ids)
        for candidate in erased { if let key = candidate.cacheKey { addDrop(key) } }
        guard !erased.isEmpty else { return [] }
        var detail = "{\"count\":\(erased.count),\"reason\":"
        detail += JSONText.of(reason) + "}"
        let routes = Set(erased.map(\.route))
        try add(
            LedgerEvent(
                at: try now(),
                who: who,
                what: "erase",
                route: routes.count == 1 ? routes.first : nil,
                detail: Array(detail.utf8)
            )
        )
        return erased
    }

    /// Deletes all there is of candidates, and lets their clusters show another.
    /// - Parameter facets: only what is of these, and not pinned; nil: whatever it is.
    func delete(_ ids: [CandidateID], ifOf facets: [Int64]? = nil) throws -> [ErasedCandidate] {
        let condition =
            facets.map { facets in
                """
                AND c.facet IN (\(Self.list(facets)))
                AND NOT EXISTS (SELECT 1 FROM pins p WHERE p.candidate = c.id)
                """
            } ?? ""
        var erased: [ErasedCandidate] = []
        var clusters: Set<CandidateID> = []
        for part in ids.sorted().parts(of: 500) {
            try lockCandidates("c.id IN (\(places(part.count)))", part.map { SQLValue($0) })
            let rows = try sql.rows(
                """
                SELECT c.id, f.route, c.request_id, c.cache_key, c.facet, c.created_at, c.size, c.leads, c.cluster,
                    c.number, c.words
                FROM candidates c JOIN facets f ON f.number = c.facet
                WHERE c.id IN (\(places(part.count))) \(condition) ORDER BY c.id
                """,
                part.map { SQLValue($0) }
            )
            for row in rows {
                erased.append(
                    ErasedCandidate(
                        id: try row.id(0),
                        route: try row.text(1),
                        requestID: try row.text(2),
                        cacheKey: row.optionalText(3)
                    )
                )
                tally(
                    try row.integer(4),
                    try row.time(5),
                    count: -1,
                    bytes: -(try row.number(6)),
                    leaders: try row.flag(7) ? -1 : 0
                )
                unpost(try row.integer(9), facet: try row.integer(4), words: try row.text(10))
                if let cluster = row.optionalText(8).flatMap({ CandidateID($0) }) { clusters.insert(cluster) }
            }
            let values = try rows.map { SQLValue(try $0.id(0)) }
            guard !values.isEmpty else { continue }
            let list = "IN (\(places(values.count)))"
            for (table, column) in [
                ("candidates", "id"), ("records", "id"), ("decisions", "candidate"), ("opinions", "candidate"),
                ("leases", "candidate"), ("pins", "candidate"),
            ] {
                try sql.change("DELETE FROM \(table) WHERE \(column) \(list)", values)
            }
        }
        for cluster in clusters.sorted() { try tidy(cluster) }
        return erased
    }

    /// A sketch of an input goes with the last candidate that had it.
    private func tidy(_ cluster: CandidateID) throws {
        try lockCluster(cluster)
        let members = try sql.row("SELECT 1 FROM candidates WHERE cluster = ? LIMIT 1", [SQLValue(cluster)])
        if members != nil { return try lead(cluster) }
        try sql.change("DELETE FROM clusters WHERE id = ?", [SQLValue(cluster)])
        try sql.change("DELETE FROM bands WHERE cluster = ?", [SQLValue(cluster)])
    }

    // MARK: What a route keeps

    private static let pruneAtMost = 1000

    /// - Returns: how many went.
    func prune(_ route: String, _ keeping: Keeping, now: WallTime) throws -> Int {
        if let wait = sql.dialect.oneAtATime(.pruning) { _ = try sql.rows(wait, []) }
        try forgetPast(now)
        let facets = try FacetBook.all(sql).filter { $0.facet.route == route }
        func of(_ statuses: Set<Candidate.Status>) -> [Int64] {
            facets.filter { statuses.contains($0.facet.status) }.map(\.number)
        }
        let undecided: Set<Candidate.Status> = [.new, .skipped, .incomplete, .audited]
        if let age = keeping.age {
            let end = WallTime(microseconds: now.microseconds - age.nanoseconds / 1000)
            let old = try oldest(of(undecided), before: end)
            if !old.isEmpty { return try delete(old.map(\.id), ifOf: of(undecided)).count }
        }
        guard let size = keeping.size else { return 0 }
        var over = try bytes(facets.map(\.number)) - size
        guard over > 0 else { return 0 }
        for statuses in [undecided, [.rejected], [.accepted, .edited]] {
            let old = try oldest(of(statuses), before: nil)
            var going: [CandidateID] = []
            for candidate in old where over > 0 {
                going.append(candidate.id)
                over -= candidate.size
            }
            if !going.isEmpty { return try delete(going, ifOf: of(statuses)).count }
        }
        return 0
    }

    private func bytes(_ facets: [Int64]) throws -> Int {
        guard !facets.isEmpty else { return 0 }
        return try sql.number(
            "SELECT coalesce(CAST(sum(bytes) AS BIGINT), 0) FROM tallies WHERE facet IN (\(Self.list(facets)))",
            []
        )
    }

    /// Of these facets, those that may go.
    private func oldest(_ facets: [Int64], before end: WallTime?) throws -> [(id: CandidateID, size: Int)] {
        guard !facets.isEmpty else { return [] }
        var conditions = Conditions()
        if let end { conditions.add("c.created_at < ?", [SQLValue(end)]) }
        conditions.add("c.holdout = 0 AND NOT EXISTS (SELECT 1 FROM pins p WHERE p.candidate = c.id)")
        let rows = try merged(
            facets,
            "created_at, id, size",
            conditions,
            order: "created_at, id",
            limit: Self.pruneAtMost
        )
        let found = try rows.map { row in
            (place: ListPlace(createdAt: try row.time(0), id: try row.id(1)), size: try row.number(2))
        }
        return found.sorted { $0.place < $1.place }.prefix(Self.pruneAtMost).map { ($0.place.id, $0.size) }
    }

    /// What is of no use any more: drops that every gateway has long read, leases long over.
    private func forgetPast(_ now: WallTime) throws {
        let day: Int64 = 86_400_000
        try sql.change("DELETE FROM drops WHERE at < ?", [.integer(now.milliseconds - 30 * day)])
        try sql.change("DELETE FROM leases WHERE expires < ?", [.integer(now.milliseconds - day)])
    }
}
