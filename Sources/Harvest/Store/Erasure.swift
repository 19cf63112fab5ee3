// How candidates leave the store: because somebody is to be forgotten, or because they are old or too many.

/// Deletes candidates.
public protocol Erasure: Sendable {
    /// Deletes candidates for good, their decisions included, and adds the drops of their cached answers and one event
    /// with `reason` and the count, without a text. Ids that are not there are passed over.
    /// - Returns: what was deleted, for whoever has more of it elsewhere.
    func erase(_ ids: [CandidateID], by who: String, reason: String) async throws(StoreError) -> [ErasedCandidate]

    /// Candidates whose `metadata` has this member with this value (a string, or another scalar as written). Looks at
    /// every candidate: for the rare day on which a customer asks to be forgotten.
    func candidates(withMetadata name: String, _ value: String) async throws(StoreError) -> [CandidateID]

    /// Deletes what a route keeps no longer. See `Keeping` for what goes first and what never goes.
    /// - Returns: how many went; at most some thousands a call, so ask again until it is 0.
    func prune(_ route: String, _ keeping: Keeping, now: WallTime) async throws(StoreError) -> Int
}

/// A candidate that was deleted.
public struct ErasedCandidate: Sendable, Equatable {
    public var id: CandidateID
    public var route: String
    public var requestID: String
    public var cacheKey: String?
}

/// How much of a route's candidates is kept (`keep:`).
///
/// By age go candidates that nobody has decided on: new, skipped and incomplete ones. By size go first those, then
/// rejected ones, then accepted and edited ones, of each the oldest. What a person has decided is work that cannot be
/// bought back, so no age takes it; and what a data set refers to (`Ledger.pin`) or the holdout has never goes, as the
/// figures of a version in service rest on it. Deleting all there is of somebody is `erase`.
public struct Keeping: Sendable, Hashable {
    public var age: Duration?
    /// Bytes of the candidates as written, without indexes.
    public var size: Int?

    public init(age: Duration? = nil, size: Int? = nil) {
        self.age = age
        self.size = size
    }
}
