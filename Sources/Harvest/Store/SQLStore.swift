// A store in a database that speaks SQL, on a thread of its own: whoever asks waits in its queue, and no loop ever
// waits for a disk or a server. What is done to the tables is in Tables; this file is the door.

import Loop

/// The store, in SQLite or in PostgreSQL.
public actor SQLStore {
    private nonisolated let loop: Loop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let database: any SQLDatabase
    private let book = FacetBook()

    init(_ database: sending any SQLDatabase) {
        self.database = database
        loop = Loop.start(name: "store")
    }

    /// A file, made if it is missing (mode 0600, its directory 0700) and brought up to what this program writes.
    /// Blocks; at start only.
    /// - Parameter patience: how long to wait for another connection's lock before giving up with `.unavailable`.
    public static func sqlite(path: String, patience: Duration = .milliseconds(250)) throws(StoreError) -> SQLStore {
        let database = try SQLiteDatabase(path: path, patience: patience)
        try Schema.prepare(database, upgrading: true)
        return SQLStore(database)
    }

    /// A PostgreSQL that several gateways may share; its schema is made if there is none. One that is away is asked
    /// again with every call, so that a gateway starts without it. Blocks while it connects; at start only.
    /// - Throws: what cannot become better by waiting: a newer schema, an older one, a URL that is none.
    public static func postgresql(
        _ url: String,
        deadline: Duration = .seconds(30)
    ) throws(StoreError) -> SQLStore {
        let database = PostgreSQLDatabase(try PostgreSQLAddress(url), deadline: deadline)
        do throws(StoreError) {
            try database.read { _ in }
        } catch  where error.isTemporary {
            // Its spool holds.
        }
        return SQLStore(database)
    }

    public nonisolated func close() async {
        await closeDatabase()
        loop.stop()
        loop.join()
    }

    private func closeDatabase() { database.close() }

    /// The value of a setting of SQLite's connection, for tests.
    func pragma(_ name: String) -> String? {
        let value = try? database.read { sql in try sql.row("PRAGMA \(name)", [])?[0] }
        return switch value {
        case .text(let text): text
        case .integer(let number): "\(number)"
        default: nil
        }
    }

    // MARK: Transactions

    /// On the store's thread, which it blocks: that is what it is for.
    func read<Result>(_ body: (Tables) throws -> Result) throws(StoreError) -> Result {
        try database.read { sql in try body(Tables(sql, book)) }
    }

    func write<Result>(_ body: (Tables) throws -> Result) throws(StoreError) -> Result {
        do {
            var isFirst = true
            return try database.write { sql in
                // What a transaction that was undone had added to the book is not there.
                if !isFirst { book.forget() }
                isFirst = false
                let tables = Tables(sql, book)
                let result = try body(tables)
                try tables.settle()
                return result
            }
        } catch {
            // It may know a facet that a transaction had added which was undone.
            book.forget()
            throw error
        }
    }
}

extension SQLStore: CandidateStore {
    /// Makes them ready off the store's thread, which may be writing what came before.
    @concurrent public nonisolated func keep(_ candidates: [Candidate]) async throws(StoreError) -> Int {
        try await keep(candidates.map(Draft.init))
    }

    private func keep(_ drafts: [Draft]) throws(StoreError) -> Int {
        let (new, isPageDue) = try write { tables in (try tables.keep(drafts), try tables.isPageDue()) }
        // They are kept, whatever becomes of that: until it is possible, what would be found in the page is looked for one
        // by one.
        if isPageDue { try? database.sealPages() }
        return new
    }

    public func list(_ query: CandidateQuery) async throws(StoreError) -> CandidatePage {
        try read { tables in try tables.list(query) }
    }

    public func candidate(_ id: CandidateID) async throws(StoreError) -> Candidate? {
        try read { tables in try tables.candidate(id) }
    }

    public func counts(_ filter: CandidateFilter) async throws(StoreError) -> [CandidateCount] {
        try read { tables in try tables.counts(filter) }
    }

    public func decide(_ decision: Decision, on id: CandidateID) async throws(StoreError) -> Candidate? {
        try write { tables in
            guard var row = try tables.row(of: id) else { return nil }
            let stored = try tables.decide(decision, on: &row)
            try tables.opine(stored, on: row.candidate)
            if let cluster = row.cluster { try tables.lead(cluster) }
            return row.candidate
        }
    }

    public func decisions(on id: CandidateID) async throws(StoreError) -> [DecisionEvent] {
        try read { tables in try tables.events(on: id).map(\.event) }
    }
}

extension SQLStore: ReviewStore {
    public func take(
        _ filter: CandidateFilter,
        reviewer: String,
        count: Int,
        leaseFor: Duration,
        seed: UInt64
    ) async throws(StoreError) -> [ReviewItem] {
        try write { tables in
            try tables.take(filter, reviewer: reviewer, count: count, leaseFor: leaseFor, seed: seed)
        }
    }

    public func release(_ ids: [CandidateID]?, reviewer: String) async throws(StoreError) {
        try write { tables in try tables.release(ids, reviewer: reviewer) }
    }

    public func cluster(of id: CandidateID) async throws(StoreError) -> [Candidate] {
        try read { tables in try tables.cluster(of: id) }
    }

    public func clusters(of ids: [CandidateID]) async throws(StoreError) -> [CandidateID: CandidateID] {
        try read { tables in try tables.clusters(of: ids) }
    }

    public func decide(_ decision: Decision, on ids: [CandidateID]) async throws(StoreError) -> Reviewed? {
        try write { tables in try tables.review(decision, on: ids) }
    }

    public func undo(reviewer: String) async throws(StoreError) -> [DecisionEvent] {
        try write { tables in try tables.undo(reviewer: reviewer) }
    }

    public func history(reviewer: String, limit: Int) async throws(StoreError) -> [ReviewedItem] {
        try read { tables in try tables.history(reviewer: reviewer, limit: limit) }
    }

    public func progress(route: String?, reviewer: String) async throws(StoreError) -> ReviewProgress {
        try read { tables in try tables.progress(route: route, reviewer: reviewer) }
    }

    public func conflicts(route: String?, limit: Int) async throws(StoreError) -> [ReviewConflict] {
        try read { tables in try tables.conflicts(route: route, limit: limit) }
    }
}

extension SQLStore: Erasure {
    public func erase(
        _ ids: [CandidateID],
        by who: String,
        reason: String
    ) async throws(StoreError) -> [ErasedCandidate] {
        let erased = try write { tables in try tables.erase(ids, by: who, reason: reason) }
        database.scrub()
        return erased
    }

    public func candidates(withMetadata name: String, _ value: String) async throws(StoreError) -> [CandidateID] {
        var found: [CandidateID] = []
        var query = CandidateQuery(statuses: Set(Candidate.Status.allCases), limit: 1000, order: .oldestFirst)
        repeat {
            let page = try await list(query)
            found += page.data.filter { $0.hasMetadata(name, value) }.map(\.id)
            query.after = page.next
            // Others have their turn between two pages.
            await Task.yield()
        } while query.after != nil
        return found
    }

    public func prune(_ route: String, _ keeping: Keeping, now: WallTime) async throws(StoreError) -> Int {
        try write { tables in try tables.prune(route, keeping, now: now) }
    }
}

extension SQLStore: Ledger {
    public func put(
        kind: String,
        id: String,
        route: String?,
        json: [UInt8],
        replacing revision: Int
    ) async throws(StoreError) -> Int? {
        try write { tables in
            try tables.put(kind: kind, id: id, route: route, json: json, replacing: revision)
        }
    }

    public func document(kind: String, id: String) async throws(StoreError) -> LedgerDocument? {
        try read { tables in try tables.document(kind: kind, id: id) }
    }

    public func documents(kind: String, route: String?) async throws(StoreError) -> [LedgerDocument] {
        try read { tables in try tables.documents(kind: kind, route: route) }
    }

    public func pin(_ ids: [CandidateID], to document: String) async throws(StoreError) {
        try write { tables in try tables.pin(ids, to: document) }
    }

    public func unpin(document: String) async throws(StoreError) {
        try write { tables in try tables.unpin(document: document) }
    }

    public func acquire(lease name: String, holder: String, for time: Duration) async throws(StoreError) -> Bool {
        try write { tables in try tables.acquire(lease: name, holder: holder, for: time) }
    }

    public func release(lease name: String, holder: String) async throws(StoreError) {
        try write { tables in try tables.release(lease: name, holder: holder) }
    }

    public func drops(after number: Int) async throws(StoreError) -> [Drop] {
        try read { tables in try tables.drops(after: number) }
    }

    public func latestDrop() async throws(StoreError) -> Int {
        try read { tables in try tables.latestDrop() }
    }

    public func addDrop(cacheKey: String) async throws(StoreError) {
        try write { tables in tables.addDrop(cacheKey) }
    }

    public func add(_ event: LedgerEvent) async throws(StoreError) {
        try write { tables in try tables.add(event) }
    }

    public func events(limit: Int) async throws(StoreError) -> [LedgerEvent] {
        try read { tables in try tables.events(limit: limit) }
    }
}
