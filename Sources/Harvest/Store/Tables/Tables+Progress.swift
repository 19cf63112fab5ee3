// How far the review is, and how sure one can be of it.

extension Tables {
    func progress(route: String?, reviewer: String) throws -> ReviewProgress {
        var progress = ReviewProgress()
        let facets = try FacetBook.all(sql).filter { route == nil || $0.facet.route == route }
        for part in facets.parts(of: 1000) {
            let status = Dictionary(uniqueKeysWithValues: part.map { ($0.number, $0.facet.status) })
            let rows = try sql.rows(
                """
                SELECT facet, CAST(sum(count) AS BIGINT), CAST(sum(leaders) AS BIGINT) FROM tallies
                WHERE facet IN (\(Self.list(part.map(\.number)))) GROUP BY facet
                """,
                []
            )
            for row in rows {
                guard let status = try status[row.integer(0)] else { continue }
                progress.candidates[status, default: 0] += try row.number(1)
                progress.itemsLeft += try row.number(2)
            }
        }
        progress.candidates = progress.candidates.filter { $0.value > 0 }
        try addReviews(to: &progress, route, reviewer)
        try addAgreement(to: &progress, route)
        return progress
    }

    private func addReviews(to progress: inout ReviewProgress, _ route: String?, _ reviewer: String) throws {
        let onRoute = route == nil ? "" : "AND d.route = ?"
        let values = route.map { [SQLValue.text($0)] } ?? []
        let stands = """
            d.by_cluster = 0 AND d.undoes IS NULL \(onRoute)
            AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)
            """
        progress.reviews = try sql.number("SELECT count(*) FROM decisions d WHERE \(stands)", values)
        let mine = try sql.rows(
            "SELECT d.verb, count(*) FROM decisions d WHERE \(stands) AND d.reviewer = ? GROUP BY d.verb",
            values + [.text(reviewer)]
        )
        for row in mine { progress.mine[try row.word(0)] = try row.number(1) }
        let lately = SQLValue(WallTime(milliseconds: try now().milliseconds - 600_000))
        let pace = try sql.row(
            "SELECT count(*), min(d.at) FROM decisions d WHERE \(stands) AND d.reviewer = ? AND d.at >= ?",
            values + [.text(reviewer), lately]
        )
        if let pace, try pace.number(0) >= 2 {
            let minutes = Double(try now().milliseconds - pace.integer(1)) / 60_000
            if minutes > 0 { progress.perMinute = Double(try pace.number(0)) / minutes }
        }
        let known = try sql.row(
            """
            SELECT count(*), coalesce(CAST(sum(d.agrees) AS BIGINT), 0) FROM decisions d
            WHERE \(stands) AND d.reviewer = ? AND d.purpose = 'known'
            """,
            values + [.text(reviewer)]
        )
        if let known { progress.known = ReviewProgress.Tally(agreed: try known.number(1), of: try known.number(0)) }
    }

    private func addAgreement(to progress: inout ReviewProgress, _ route: String?) throws {
        let rows = try sql.rows(
            """
            SELECT o.first_mark, o.second_mark, count(*), CAST(sum(CASE WHEN o.settled = 0 THEN 1 ELSE 0 END) AS BIGINT)
            FROM opinions o WHERE o.second IS NOT NULL \(route == nil ? "" : "AND o.route = ?")
            GROUP BY o.first_mark, o.second_mark
            """,
            route.map { [.text($0)] } ?? []
        )
        var pairs: [(first: String, second: String, count: Int)] = []
        for row in rows {
            let pair = (first: try row.text(0), second: try row.text(1), count: try row.number(2))
            pairs.append(pair)
            progress.overlap.of += pair.count
            if pair.first == pair.second {
                progress.overlap.agreed += pair.count
            } else {
                progress.conflicts += try row.number(3)
            }
        }
        progress.kappa = Self.kappa(pairs)
    }

    /// Cohen's kappa (Cohen 1960): how much more two raters agree than they would by chance, of what is left above
    /// chance. The categories are opinions: large's answer, small's, neither, and each text of somebody's own.
    /// - Returns: nil where chance alone makes them agree always, or there is nothing to compare.
    static func kappa(_ pairs: [(first: String, second: String, count: Int)]) -> Double? {
        let all = Double(pairs.reduce(0) { $0 + $1.count })
        guard all > 0 else { return nil }
        var first: [String: Double] = [:]
        var second: [String: Double] = [:]
        var agreed = 0.0
        for pair in pairs {
            first[pair.first, default: 0] += Double(pair.count) / all
            second[pair.second, default: 0] += Double(pair.count) / all
            if pair.first == pair.second { agreed += Double(pair.count) / all }
        }
        let chance = first.reduce(0) { $0 + $1.value * second[$1.key, default: 0] }
        guard chance < 1 else { return nil }
        return (agreed - chance) / (1 - chance)
    }

    func conflicts(route: String?, limit: Int) throws -> [ReviewConflict] {
        let first = Self.eventList
        let second = Self.eventList.replacing("d.", with: "e.")
        let rows = try sql.rows(
            """
            SELECT \(first), \(second), (SELECT r.record FROM records r WHERE r.id = o.candidate)
            FROM opinions o JOIN decisions d ON d.id = o.first JOIN decisions e ON e.id = o.second
            WHERE o.first_mark <> o.second_mark AND o.settled = 0 \(route == nil ? "" : "AND o.route = ?")
            ORDER BY e.number DESC LIMIT \(min(1000, max(0, limit)))
            """,
            route.map { [.text($0)] } ?? []
        )
        return try rows.map { row in
            let first = try Self.event(row)
            return ReviewConflict(
                candidate: first.event.candidate,
                route: first.route,
                first: first.event,
                second: try Self.event(row, from: Self.eventCount).event,
                input: Self.beginning(row.optionalText(2 * Self.eventCount))
            )
        }
    }
}
