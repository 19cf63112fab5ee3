// The items that wait for a reviewer, as one filter sees them: candidates that are `new`, and of each cluster one.

struct Queue {
    private let facets: [Int64]
    private let concerned: Set<Int64>
    private var conditions: Conditions
    /// All that pass are looked at and sorted, as they are few; otherwise the way through the order meets them soon.
    private let isListed: Bool
    /// Where few have the words: each a part of them.
    private let matches: [Conditions]?

    init(_ filter: CandidateFilter, _ tables: Tables) throws {
        let all = try FacetBook.all(tables.sql)
        var new = filter
        new.statuses = [.new]
        var any = filter
        any.statuses = Set(Candidate.Status.allCases)
        facets = all.filter { $0.facet.passes(new) }.map(\.number)
        concerned = Set(all.filter { $0.facet.passes(any) }.map(\.number))
        conditions = Conditions(time: filter)
        var isListed = false
        var matches: [Conditions]?
        if filter.from != nil || filter.to != nil {
            isListed = try tables.leaders(facets, from: filter.from, to: filter.to) <= Tables.rare
        }
        if let request = filter.requestID {
            conditions.add("c.request_id = ?", [.text(request)])
            isListed = true
        }
        if let words = filter.words {
            conditions.add(tables.sql.dialect.hasWordsHere(words))
            if !isListed {
                let found = try tables.matches(words, facets, from: filter.from, to: filter.to)
                if found.count <= Tables.rare {
                    matches = found.parts
                    isListed = true
                }
            }
        }
        self.matches = matches
        self.isListed = isListed
        conditions.add("c.leads = 1")
    }

    /// Whether the filter lets this facet's candidates through, whatever their status.
    func concerns(_ facet: Int64) -> Bool { concerned.contains(facet) }

    /// Nobody holds it.
    private func free(_ tables: Tables) throws -> Conditions {
        var conditions = conditions
        conditions.add(
            """
            NOT EXISTS (
                SELECT 1 FROM leases l WHERE l.candidate = c.id AND l.slot = 'review' AND l.expires > ?)
            """,
            [SQLValue(try tables.now())]
        )
        return conditions
    }

    /// The most valuable first.
    func byValue(limit: Int, _ tables: Tables) throws -> [CandidateID] {
        guard limit > 0, !facets.isEmpty else { return [] }
        let conditions = try free(tables)
        let rows: [SQLRow]
        if isListed {
            rows = try listed(conditions, order: "value DESC, id", limit: limit, tables)
        } else {
            rows = try tables.merged(facets, "id, value", conditions, order: "value DESC, id", limit: limit)
        }
        let found = try rows.map { row in (id: try row.id(0), value: try row.real(1)) }
        return found.sorted { ($1.value, $0.id) < ($0.value, $1.id) }.prefix(limit).map(\.id)
    }

    /// Any one, each as likely as another.
    func atRandom(_ draw: inout Draws, _ tables: Tables) throws -> CandidateID? {
        guard !facets.isEmpty else { return nil }
        let start = Int64(draw.next() >> 1)
        let conditions = try free(tables)
        if isListed {
            let ids = try listed(conditions, order: "id", limit: Tables.rare, tables)
            return ids.isEmpty ? nil : try ids[draw.below(ids.count)].id(0)
        }
        for bound in ["c.shuffle >= ?", "c.shuffle < ?"] {
            var conditions = conditions
            conditions.add(bound, [.integer(start)])
            let rows = try tables.merged(facets, "id, shuffle", conditions, order: "shuffle", limit: 1)
            let first = try rows.min { a, b in try a.integer(1) < b.integer(1) }
            if let first { return try first.id(0) }
        }
        return nil
    }

    private func listed(_ conditions: Conditions, order: String, limit: Int, _ tables: Tables) throws -> [SQLRow] {
        if let matches {
            // All of one statement are of the few that it names.
            return try matches.flatMap { part in
                try listed(conditions + part, facet: "+c.facet", order: order, limit: limit, tables)
            }
        }
        return try listed(conditions, facet: "c.facet", order: order, limit: limit, tables)
    }

    private func listed(
        _ conditions: Conditions,
        facet: String,
        order: String,
        limit: Int,
        _ tables: Tables
    ) throws -> [SQLRow] {
        try facets.parts(of: 10_000).flatMap { part in
            try tables.sql.rows(
                """
                SELECT id, value FROM (
                    SELECT c.id AS id, c.value AS value FROM candidates c
                    WHERE \(conditions.text) AND \(facet) IN (\(Tables.list(part))) ORDER BY +c.value DESC, c.id
                ) AS x ORDER BY \(order) LIMIT \(limit)
                """,
                conditions.values
            )
        }
    }
}

extension Tables {
    /// Items of the queue in these hours, or a few more.
    func leaders(_ facets: [Int64], from: WallTime?, to: WallTime?) throws -> Int {
        var sum = 0
        for part in facets.parts(of: 1000) {
            sum += try sql.number(
                """
                SELECT coalesce(CAST(sum(leaders) AS BIGINT), 0) FROM tallies
                WHERE facet IN (\(Self.list(part))) AND hour >= ? AND hour <= ?
                """,
                [
                    .integer(from.map(Self.hour) ?? Int64.min), .integer(to.map(Self.hour) ?? Int64.max),
                ]
            )
        }
        return sum
    }
}
