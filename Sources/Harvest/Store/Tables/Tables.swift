// The tables as a whole: what is done to them inside one transaction. Written once for both databases; the files
// Tables+... have one subject each:
//
//     Keep      candidates come in            Clusters   which are near-identical
//     List      pages and counts              Decide     events, and what they make of a candidate
//     Queue     who is shown what next        Progress   how far, how sure
//     Erase     candidates leave              Ledger     documents, leases, drops, audit log
//     Postings  counts by words

/// One transaction's view of the tables. Call `settle` before it ends, if anything was changed.
final class Tables {
    let sql: any SQLConnection
    let book: FacetBook
    private var tallies: [TallyKey: Tally] = [:]
    private var time: WallTime?
    /// Cache keys that every gateway is to forget.
    var drops: [String] = []
    /// Of which page, which term is another's now: see Tables+Postings.swift.
    var reposted: [Int64: [[UInt8]: [(place: Int, isMember: Bool)]]] = [:]
    var pagesAreOpen = false
    /// Leases given in this transaction.
    var leased: Int64 = 0

    init(_ sql: any SQLConnection, _ book: FacetBook) {
        self.sql = sql
        self.book = book
    }

    /// One clock for all who share the store: leases of a fleet end when the database says so.
    func now() throws -> WallTime {
        if let time { return time }
        let now: WallTime
        switch sql.dialect {
        case .sqlite: now = .now()
        case .postgresql:
            let query = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
            now = WallTime(milliseconds: Int64(try sql.number(query, [])))
        }
        time = now
        return now
    }

    /// Before candidates are read that are about to be changed. A statement of its own: of a row that it had to wait
    /// for PostgreSQL sees what it is now, but of those joined to it what they were, and leaves it out where they do not
    /// go together any more (READ COMMITTED).
    func lockCandidates(_ condition: String, _ values: [SQLValue]) throws {
        try keepPagesOpen()
        guard sql.dialect == .postgresql else { return }
        let query = "SELECT c.id FROM candidates c WHERE \(condition) ORDER BY c.id \(sql.dialect.locked("c"))"
        _ = try sql.rows(query, values)
    }

    // MARK: Tallies

    struct TallyKey: Hashable, Comparable {
        var facet: Int64
        var hour: Int64

        static func < (a: TallyKey, b: TallyKey) -> Bool { (a.facet, a.hour) < (b.facet, b.hour) }
    }

    struct Tally {
        var count = 0
        var bytes = 0
        var leaders = 0
    }

    static let millisecondsPerHour: Int64 = 3_600_000

    static func hour(_ time: WallTime) -> Int64 {
        WallTime.split(time.milliseconds, by: millisecondsPerHour).quotient
    }

    /// Notes a change of what a facet has; written by `settle`.
    func tally(_ facet: Int64, _ createdAt: WallTime, count: Int = 0, bytes: Int = 0, leaders: Int = 0) {
        let key = TallyKey(facet: facet, hour: Self.hour(createdAt))
        tallies[key, default: Tally()].count += count
        tallies[key, default: Tally()].bytes += bytes
        tallies[key, default: Tally()].leaders += leaders
    }

    /// Writes tallies, postings and drops: last, and in one order, because other writers wait for each row until we are
    /// done.
    func settle() throws {
        try settleTallies()
        try settlePostings()
        try settleDrops()
    }

    private func settleTallies() throws {
        let changed = tallies.filter { $0.value.count != 0 || $0.value.bytes != 0 || $0.value.leaders != 0 }
        tallies.removeAll()
        let rows = changed.sorted { $0.key < $1.key }.map { key, tally in
            [
                .integer(key.facet), .integer(key.hour), SQLValue(tally.count), SQLValue(tally.bytes),
                SQLValue(tally.leaders),
            ]
        }
        for part in rows.parts(of: 500) {
            try sql.insert(
                into: "tallies",
                ["facet", "hour", "count", "bytes", "leaders"],
                Array(part),
                suffix: """
                    ON CONFLICT (facet, hour) DO UPDATE SET count = tallies.count + excluded.count,
                        bytes = tallies.bytes + excluded.bytes, leaders = tallies.leaders + excluded.leaders
                    """
            )
        }
    }
}
