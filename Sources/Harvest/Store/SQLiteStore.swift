// Candidates in one SQLite file, through GRDB, on a thread of the store's own.
//
// WAL, so that `understudy candidates` may read while the gateway writes. synchronous=FULL, because the spool deletes a
// segment when our commit returns, and "WAL mode does lose durability" with NORMAL: "A transaction committed in WAL
// mode with synchronous=NORMAL might roll back following a power loss" (sqlite.org/pragma.html). One connection: the
// mover writes in batches of milliseconds, and everybody else here reads now and then.

import GRDB
import JSON
import Loop

/// A `CandidateStore` in a SQLite file.
public actor SQLiteStore: CandidateStore {
    private nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let path: String
    private let database: DatabaseQueue

    /// Opens the file (made if it is missing: mode 0600, its directory 0700) and brings its schema up to what this
    /// program writes. Blocks; at start only.
    /// - Parameter patience: how long to wait for another connection's lock before giving up with `.unavailable`.
    public init(path: String, patience: Duration = .milliseconds(250)) throws(StoreError) {
        let database = try Self.perform(path) {
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try HarvestFile.makeDirectory(String(path[..<slash]))
            }
            // SQLite would make it with the umask's mode; its journal files take the mode of this one.
            _ = try HarvestFile.openOrCreate(path)
            var configuration = Configuration()
            configuration.label = "understudy store"
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(Double(patience.nanoseconds) / 1e9)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try database.inDatabase { db in
                // After GRDB has set WAL up, which comes with NORMAL.
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            try Self.migrate(database, path: path)
            return database
        }
        self.path = path
        self.database = database
        self.loop = Loop.start(name: "store")
    }

    public nonisolated func close() async {
        await closeDatabase()
        loop.stop()
        loop.join()
    }

    /// Fails only while a statement is being read, and none outlives the call that made it.
    private func closeDatabase() {
        try? database.close()
    }

    /// The value of a setting of the connection, for tests.
    func pragma(_ name: String) -> String? {
        try? database.read { db in try String.fetchOne(db, sql: "PRAGMA \(name)") }
    }

    // MARK: Keeping

    public func keep(_ candidates: [Candidate]) async throws(StoreError) -> Int {
        try perform { store in
            try store.database.write { db in
                let insert = try db.cachedStatement(sql: Self.insertion)
                var new = 0
                for candidate in candidates {
                    let before = db.totalChangesCount
                    try insert.execute(arguments: [
                        candidate.id.description, candidate.createdAt.milliseconds, candidate.route,
                        candidate.environment, candidate.contract, candidate.version, candidate.source.rawValue,
                        candidate.reason, candidate.status.rawValue, candidate.completion, candidate.cacheKey,
                        String(decoding: candidate.encode(), as: UTF8.self),
                    ])
                    new += db.totalChangesCount - before
                }
                return new
            }
        }
    }

    /// The update is for what is written twice, with what had come by then: of a stream before its first event and before
    /// its last, of a small answer that was cut off when it was hopeless and when it has come whole (`let_run`). A whole one
    /// stays, in whatever order they arrive, and so does what somebody has decided on.
    private static let insertion = """
        INSERT INTO candidates
            (id, created_at, route, environment, contract, version, source,
             reason, status, completion, cache_key, record)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            reason = excluded.reason, status = excluded.status, completion = excluded.completion,
            cache_key = excluded.cache_key, record = excluded.record
        WHERE candidates.status = 'incomplete'
            OR candidates.status = 'new' AND excluded.status = 'new'
                AND json_extract(candidates.record, '$.small.cut') AND NOT json_extract(excluded.record, '$.small.cut')
        """

    // MARK: Reading

    public func list(_ query: CandidateQuery) async throws(StoreError) -> CandidatePage {
        let cursor = try query.cursor()
        let limit = min(1000, max(1, query.limit))
        var conditions: [String] = []
        var arguments: StatementArguments = []
        func narrow(_ condition: String, _ value: String) {
            conditions.append(condition)
            arguments += [value]
        }
        if let route = query.route { narrow("route = ?", route) }
        if let version = query.version { narrow("ifnull(version, '') = ?", version) }
        if let source = query.source { narrow("source = ?", source.rawValue) }
        if let contract = query.contract { narrow("contract = ?", contract) }
        if let from = query.from { narrow("created_at >= CAST(? AS INTEGER)", "\(from.milliseconds)") }
        if let to = query.to { narrow("created_at < CAST(? AS INTEGER)", "\(to.milliseconds)") }
        if query.text != nil || query.requestID != nil { throw .refused("text, request_id: not in this store") }
        if let reasons = query.reasons {
            conditions.append("reason IN (\(reasons.map { _ in "?" }.joined(separator: ", ")))")
            for reason in reasons.sorted() { arguments += [reason] }
        }
        if let statuses = query.statuses {
            conditions.append("status IN (\(statuses.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))")
        } else {
            conditions.append("status <> 'incomplete'")
        }
        if let cursor { narrow(query.order == .newestFirst ? "id < ?" : "id > ?", cursor.description) }
        let sql = """
            SELECT record, status, completion FROM candidates WHERE \(conditions.joined(separator: " AND "))
            ORDER BY id \(query.order == .newestFirst ? "DESC" : "ASC") LIMIT \(limit + 1)
            """
        var found = try perform { store in
            try store.database.read { db in
                try Row.fetchAll(db, sql: sql, arguments: arguments).map { try Self.candidate($0) }
            }
        }
        guard found.count > limit else { return CandidatePage(data: found, next: nil) }
        found.removeLast()
        return CandidatePage(data: found, next: found.last.map { query.cursor(at: $0.id) })
    }

    public func candidate(_ id: CandidateID) async throws(StoreError) -> Candidate? {
        try perform { store in try store.database.read { db in try Self.fetch(id, db) } }
    }

    private static func fetch(_ id: CandidateID, _ db: Database) throws -> Candidate? {
        let sql = "SELECT record, status, completion FROM candidates WHERE id = ?"
        return try Row.fetchOne(db, sql: sql, arguments: [id.description]).map { try candidate($0) }
    }

    /// The record as it was kept, with what was decided since.
    private static func candidate(_ row: Row) throws -> Candidate {
        let record: String = row["record"]
        let status: String = row["status"]
        var candidate = try Candidate(json: record.utf8)
        candidate.status = Candidate.Status(rawValue: status) ?? candidate.status
        candidate.completion = row["completion"]
        return candidate
    }

    public func counts(_ filter: CandidateFilter) async throws(StoreError) -> [CandidateCount] {
        var counts: [CandidateCount] = []
        var query = CandidateQuery(filter, limit: 1000)
        repeat {
            let page = try await list(query)
            for candidate in page.data {
                let index = counts.firstIndex {
                    $0.route == candidate.route && $0.status == candidate.status && $0.reason == candidate.reason
                        && $0.version == candidate.version && $0.source == candidate.source
                }
                if let index {
                    counts[index].count += 1
                } else {
                    counts.append(
                        CandidateCount(
                            route: candidate.route,
                            status: candidate.status,
                            reason: candidate.reason,
                            version: candidate.version,
                            source: candidate.source,
                            count: 1
                        )
                    )
                }
            }
            query.after = page.next
        } while query.after != nil
        return counts
    }

    // MARK: Deciding

    public func decide(_ decision: Decision, on id: CandidateID) async throws(StoreError) -> Candidate? {
        try perform { store in
            try store.database.write { db in
                guard var candidate = try Self.fetch(id, db) else { return nil }
                let outcome = try decision.outcome(for: candidate)
                try db.execute(
                    sql: """
                        INSERT INTO decisions
                            (candidate, at, decision, choice, completion, reviewer, note, status_before, status_after)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        id.description, WallTime.now().milliseconds, decision.verb.rawValue, decision.choice?.rawValue,
                        decision.completion, decision.reviewer, decision.note, candidate.status.rawValue,
                        outcome.status.rawValue,
                    ]
                )
                try db.execute(
                    sql: "UPDATE candidates SET status = ?, completion = ? WHERE id = ?",
                    arguments: [outcome.status.rawValue, outcome.completion, id.description]
                )
                candidate.status = outcome.status
                candidate.completion = outcome.completion
                return candidate
            }
        }
    }

    public func decisions(on id: CandidateID) async throws(StoreError) -> [DecisionEvent] {
        try perform { store in
            try store.database.read { db in
                let sql = "SELECT * FROM decisions WHERE candidate = ? ORDER BY number"
                return try Row.fetchAll(db, sql: sql, arguments: [id.description]).compactMap { Self.event($0, on: id) }
            }
        }
    }

    private static func event(_ row: Row, on candidate: CandidateID) -> DecisionEvent? {
        let choice: String? = row["choice"]
        guard let verb = Decision.Verb(rawValue: row["decision"]),
            let from = Candidate.Status(rawValue: row["status_before"]),
            let to = Candidate.Status(rawValue: row["status_after"])
        else { return nil }
        let decision = Decision(
            verb,
            choice: choice.flatMap { Decision.Choice(rawValue: $0) },
            completion: row["completion"],
            reviewer: row["reviewer"],
            note: row["note"]
        )
        let number: Int64 = row["number"]
        let id = CandidateID(high: candidate.high, low: UInt64(number))
        return DecisionEvent(
            id: id,
            candidate: candidate,
            at: WallTime(milliseconds: row["at"]),
            decision: decision,
            from: from,
            to: to,
            purpose: .review,
            byCluster: false,
            afterReveal: false,
            undoes: nil,
            review: id
        )
    }

    // MARK: Errors

    /// Runs `body` on the store's thread; GRDB's `read` and `write` block it, which is what it is for.
    private func perform<Result>(_ body: (isolated SQLiteStore) throws -> Result) throws(StoreError) -> Result {
        do {
            return try body(self)
        } catch {
            throw Self.translate(error, path: path)
        }
    }

    private static func perform<Result>(_ path: String, _ body: () throws -> Result) throws(StoreError) -> Result {
        do {
            return try body()
        } catch {
            throw translate(error, path: path)
        }
    }

    private static func translate(_ error: any Error, path: String) -> StoreError {
        switch error {
        case let error as StoreError: return error
        case let error as DatabaseError:
            let words = "the store \(path): \(error.message ?? "\(error.resultCode)")"
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_INTERRUPT:
                return .unavailable(words)
            default:
                return .broken(words)
            }
        default: return .broken("the store \(path): \(error)")
        }
    }
}
