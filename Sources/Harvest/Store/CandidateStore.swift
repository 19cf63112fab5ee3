// What a store of candidates can do, whatever keeps it. Two are built in, SQLite and PostgreSQL (KnownStores); each
// does all of `CandidateStore`, `ReviewStore`, `Erasure` and `Ledger`.

/// All that a store does.
public typealias Store = CandidateStore & Erasure & Ledger & ReviewStore

/// Keeps candidates and what was decided about them.
///
/// For implementers:
/// - `keep` delivers at least once: the same candidate may come again, after any failure and any restart, also from two
///   deliveries at a time. It is one row per id; a row is never replaced, but by the same candidate made whole: an
///   `incomplete` one gives way, and a `new` one whose small answer was cut to a `new` one whose small answer is not.
///   When `keep` returns, the rows survive power loss.
/// - Nothing is overwritten by `decide`: each decision is an event of its own, and the candidate shows the latest.
/// - No method blocks the caller's thread: the store has its own.
/// - The contract test in `CandidateStoreTests` runs over every store.
public protocol CandidateStore: Sendable {
    /// Stores all of them, or throws and has stored none.
    /// - Returns: how many were new.
    func keep(_ candidates: [Candidate]) async throws(StoreError) -> Int

    /// One page, in the query's order. Status and completion are those of the latest decision.
    func list(_ query: CandidateQuery) async throws(StoreError) -> CandidatePage

    func candidate(_ id: CandidateID) async throws(StoreError) -> Candidate?

    /// Adds a decision that counts, outside of any queue. One that rejects or edits adds a drop (`Ledger.drops`).
    /// - Returns: the candidate as it is now; nil where there is none of that id.
    /// - Throws: `.refused` for a decision that the candidate cannot take.
    func decide(_ decision: Decision, on id: CandidateID) async throws(StoreError) -> Candidate?

    /// The decisions on one candidate, undos included, oldest first.
    func decisions(on id: CandidateID) async throws(StoreError) -> [DecisionEvent]

    /// How many candidates pass the filter, exactly, of each route, status, reason, version and source.
    func counts(_ filter: CandidateFilter) async throws(StoreError) -> [CandidateCount]

    /// Ends the store's thread. Nothing may be asked of it afterwards.
    func close() async
}

extension CandidateStore {
    public func counts() async throws(StoreError) -> [CandidateCount] { try await counts(CandidateFilter()) }
}
