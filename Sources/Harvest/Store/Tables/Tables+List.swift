// Pages and counts, quick at a million candidates whatever the filter: see Facet.swift for how, and Tables+Postings.swift
// for those by words.

extension Tables {
    /// More than these are not looked at one by one.
    static let rare = 20_000
    /// SQLite takes compound selects of up to 500.
    private static let facetsPerStatement = 100

    func list(_ query: CandidateQuery) throws -> CandidatePage {
        let limit = min(1000, max(1, query.limit))
        var found = try find(query, limit: limit + 1)
        guard found.count > limit else {
            return CandidatePage(data: try candidates(found.map(\.id)), next: nil)
        }
        found.removeLast()
        return CandidatePage(data: try candidates(found.map(\.id)), next: found.last.map { query.cursor(at: $0) })
    }

    private func find(_ query: CandidateQuery, limit: Int) throws -> [ListPlace] {
        let cursor = try query.cursor()
        let facets = try FacetBook.all(sql).filter { $0.facet.passes(query.filter) }.map(\.number)
        guard !facets.isEmpty else { return [] }
        let isNewest = query.order == .newestFirst
        let (words, from, to) = (query.filter.words, query.filter.from, query.filter.to)
        if let words, query.filter.requestID == nil {
            let matches = try matches(words, facets, from: from, to: to)
            return try find(matches, facets, isNewest: isNewest, after: cursor, limit: limit)
        }
        var conditions = Conditions(time: query.filter)
        if let cursor { conditions.add(cursor, isNewest: isNewest) }
        if let request = query.filter.requestID {
            conditions.add("c.request_id = ?", [.text(request)])
            if let words { conditions.add(sql.dialect.hasWordsHere(words)) }
            return try listed(facets, conditions, isNewest: isNewest, limit: limit)
        }
        let rows = try merged(facets, "created_at, id", conditions, order: Self.order(isNewest), limit: limit)
        return try Self.listPlaces(rows, isNewest: isNewest, limit: limit)
    }

    /// All that the conditions find, sorted: for a few.
    func listed(_ facets: [Int64], _ conditions: Conditions, isNewest: Bool, limit: Int) throws -> [ListPlace] {
        let rows = try facets.parts(of: 10_000).flatMap { part in
            // `+`: not by way of the index that has the order.
            try sql.rows(
                """
                SELECT c.created_at AS created_at, c.id AS id FROM candidates c
                WHERE \(conditions.text) AND +c.facet IN (\(Self.list(part)))
                ORDER BY \(Self.order(isNewest)) LIMIT \(limit)
                """,
                conditions.values
            )
        }
        return try Self.listPlaces(rows, isNewest: isNewest, limit: limit)
    }

    private static func order(_ isNewest: Bool) -> String {
        isNewest ? "created_at DESC, id DESC" : "created_at ASC, id ASC"
    }

    /// - Parameter rows: time and id; of several statements each has its own order.
    private static func listPlaces(_ rows: [SQLRow], isNewest: Bool, limit: Int) throws -> [ListPlace] {
        var found = try rows.map { row in ListPlace(createdAt: try row.time(0), id: try row.id(1)) }
        found.sort { isNewest ? $1 < $0 : $0 < $1 }
        return Array(found.prefix(limit))
    }

    /// Of each facet the first `limit` in an order that an index has, together.
    /// - Parameter columns: of candidates, and `order` names some of them.
    func merged(
        _ facets: [Int64],
        _ columns: String,
        _ conditions: Conditions,
        order: String,
        limit: Int
    ) throws -> [SQLRow] {
        try facets.parts(of: Self.facetsPerStatement).flatMap { part in
            let statement = part.map { facet in
                let text = conditions.isEmpty ? "" : "AND \(conditions.text)"
                return """
                    SELECT * FROM (SELECT \(columns) FROM candidates c
                    WHERE c.facet = \(facet) \(text) ORDER BY \(order) LIMIT \(limit)) AS x
                    """
            }.joined(separator: " UNION ALL ")
            let values = part.flatMap { _ in conditions.values }
            return try sql.rows("\(statement) ORDER BY \(order) LIMIT \(limit)", values)
        }
    }

    static func list(_ numbers: some Sequence<Int64>) -> String {
        numbers.map(String.init).joined(separator: ", ")
    }

    // MARK: Whole candidates

    /// In the order asked for; those that are not there are left out.
    func candidates(_ ids: [CandidateID]) throws -> [Candidate] {
        var found: [CandidateID: Candidate] = [:]
        for part in ids.parts(of: 200) {
            let rows = try sql.rows(
                """
                SELECT c.id, r.record, c.completion, f.status FROM candidates c
                JOIN records r ON r.id = c.id JOIN facets f ON f.number = c.facet
                WHERE c.id IN (\(places(part.count)))
                """,
                part.map { SQLValue($0) }
            )
            for row in rows { found[try row.id(0)] = try Self.candidate(row, from: 1) }
        }
        return ids.compactMap { found[$0] }
    }

    func candidate(_ id: CandidateID) throws -> Candidate? { try candidates([id]).first }

    /// The record as it was kept, with what was decided since.
    /// - Parameter row: record, completion and status, from `first` on.
    static func candidate(_ row: SQLRow, from first: Int) throws -> Candidate {
        var candidate = try Candidate(json: row.text(first).utf8)
        candidate.completion = try JSONText.text(row.optionalText(first + 1))
        candidate.status = try row.word(first + 2)
        return candidate
    }

    // MARK: Counts

    func counts(_ filter: CandidateFilter) throws -> [CandidateCount] {
        let facets = try FacetBook.all(sql).filter { $0.facet.passes(filter) }
        guard !facets.isEmpty else { return [] }
        let numbers = facets.map(\.number)
        let counts: [Int64: Int]
        if filter.requestID != nil {
            counts = try counted(filter)
        } else if let words = filter.words {
            counts = try counted(words, numbers, from: filter.from, to: filter.to)
        } else {
            counts = try tallied(numbers, from: filter.from, to: filter.to)
        }
        var sums: [CandidateCount] = []
        var places: [Facet: Int] = [:]
        for (number, facet) in facets {
            guard let count = counts[number], count > 0 else { continue }
            // Facets differ in more than what is told.
            var key = facet
            key.environment = ""
            key.contract = ""
            if let place = places[key] {
                sums[place].count += count
            } else {
                places[key] = sums.count
                sums.append(CandidateCount(facet, count: count))
            }
        }
        return sums.sorted {
            ($0.route, $0.status.rawValue, $0.reason, $0.version ?? "", $0.source.rawValue)
                < ($1.route, $1.status.rawValue, $1.reason, $1.version ?? "", $1.source.rawValue)
        }
    }

    /// Out of the tallies: whole hours of them, and what sticks out at both ends one by one.
    private func tallied(_ facets: [Int64], from: WallTime?, to: WallTime?) throws -> [Int64: Int] {
        let hour = Self.millisecondsPerHour
        let first = from.map { Self.hour(WallTime(milliseconds: $0.milliseconds + hour - 1)) }
        let end = to.map { Self.hour($0) }
        var sums: [Int64: Int] = [:]
        func add(_ query: String, _ values: [SQLValue]) throws {
            for part in facets.parts(of: 1000) {
                let rows = try sql.rows("\(query) AND facet IN (\(Self.list(part))) GROUP BY facet", values)
                for row in rows { sums[try row.integer(0), default: 0] += try row.number(1) }
            }
        }
        func addOneByOne(_ from: Int64, _ to: Int64) throws {
            guard from < to else { return }
            try add(
                "SELECT facet, count(*) FROM candidates WHERE created_at >= ? AND created_at < ?",
                [.integer(from), .integer(to)]
            )
        }
        if let from, let to, let first, let end, first >= end {
            // No whole hour between them.
            try addOneByOne(from.milliseconds, to.milliseconds)
            return sums
        }
        var condition = "1 = 1"
        var values: [SQLValue] = []
        if let first {
            condition += " AND hour >= ?"
            values.append(.integer(first))
        }
        if let end {
            condition += " AND hour < ?"
            values.append(.integer(end))
        }
        try add("SELECT facet, CAST(sum(count) AS BIGINT) FROM tallies WHERE \(condition)", values)
        if let from, let first { try addOneByOne(from.milliseconds, first * hour) }
        if let to, let end { try addOneByOne(end * hour, to.milliseconds) }
        return sums
    }

    /// Of what came with the request.
    private func counted(_ filter: CandidateFilter) throws -> [Int64: Int] {
        var conditions = Conditions(time: filter)
        if let request = filter.requestID { conditions.add("c.request_id = ?", [.text(request)]) }
        if let words = filter.words { conditions.add(sql.dialect.hasWordsHere(words)) }
        let rows = try sql.rows(
            "SELECT c.facet, count(*) FROM candidates c WHERE \(conditions.text) GROUP BY c.facet",
            conditions.values
        )
        var sums: [Int64: Int] = [:]
        for row in rows { sums[try row.integer(0)] = try row.number(1) }
        return sums
    }
}

/// Where a candidate stands in a list.
struct ListPlace: Comparable {
    var createdAt: WallTime
    var id: CandidateID

    static func < (a: ListPlace, b: ListPlace) -> Bool {
        // To the millisecond, as it is stored.
        (a.createdAt.milliseconds, a.id) < (b.createdAt.milliseconds, b.id)
    }
}

/// Conditions on `candidates c` with the values of their places.
struct Conditions {
    private(set) var parts: [String] = []
    private(set) var values: [SQLValue] = []

    init() {}

    /// The filter's times.
    init(time filter: CandidateFilter) {
        if let from = filter.from { add("c.created_at >= ?", [SQLValue(from)]) }
        if let to = filter.to { add("c.created_at < ?", [SQLValue(to)]) }
    }

    mutating func add(_ part: String, _ values: [SQLValue] = []) {
        parts.append(part)
        self.values += values
    }

    mutating func add(_ condition: (text: String, values: [SQLValue])) { add(condition.text, condition.values) }

    /// Behind a place in a list.
    mutating func add(_ place: ListPlace, isNewest: Bool) {
        add("(c.created_at, c.id) \(isNewest ? "<" : ">") (?, ?)", [SQLValue(place.createdAt), SQLValue(place.id)])
    }

    static func + (a: Conditions, b: Conditions) -> Conditions {
        var both = a
        both.parts += b.parts
        both.values += b.values
        return both
    }

    var isEmpty: Bool { parts.isEmpty }
    var text: String { parts.joined(separator: " AND ") }
}

extension CandidateFilter {
    /// What `text` looks for; nil where it narrows nothing.
    var words: SearchWords? {
        guard let text else { return nil }
        let words = SearchWords(text)
        return words.words.isEmpty ? nil : words
    }
}

extension CandidateCount {
    init(_ facet: Facet, count: Int) {
        self.init(
            route: facet.route,
            status: facet.status,
            reason: facet.reason,
            version: facet.version.isEmpty ? nil : facet.version,
            source: facet.source,
            count: count
        )
    }
}

extension CandidateQuery {
    /// What `after` says; nil where the list begins.
    /// - Throws: `.refused` for a cursor that is not one of ours, or of a list in the other order.
    func cursor() throws(StoreError) -> ListPlace? {
        guard let after else { return nil }
        let parts = after.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == order.rawValue, let time = Int64(parts[1]),
            time <= Int64.max / 1000, let id = CandidateID(parts[2])
        else { throw .refused("after: not a cursor of this list") }
        return ListPlace(createdAt: WallTime(milliseconds: time), id: id)
    }

    func cursor(at place: ListPlace) -> String { "\(order.rawValue)-\(place.createdAt.milliseconds)-\(place.id)" }
}
