// What a store keeps besides candidates: small documents of the training cycle, who may do what just now, which cached
// answers have to go, and what was done by whom.

/// The store's book of record, shared by all gateways on it.
public protocol Ledger: Sendable {
    // MARK: Documents

    /// A document, written if nobody else did so meanwhile.
    /// - Parameters:
    ///   - kind: `version`, `promotion`, `data_set`, `cycle`, ...: whoever owns the kind says what is in it.
    ///   - route: nil where it belongs to none.
    ///   - json: a JSON object.
    ///   - revision: what the caller has read; 0: there must be none yet.
    /// - Returns: the new revision; nil where it has another one by now, and nothing was written.
    func put(
        kind: String,
        id: String,
        route: String?,
        json: [UInt8],
        replacing revision: Int
    ) async throws(StoreError) -> Int?

    func document(kind: String, id: String) async throws(StoreError) -> LedgerDocument?

    /// All of a kind, of one route or of all; the one written last comes first.
    func documents(kind: String, route: String?) async throws(StoreError) -> [LedgerDocument]

    /// Candidates that a document refers to: `prune` leaves them. Adds to what it has.
    func pin(_ ids: [CandidateID], to document: String) async throws(StoreError)

    func unpin(document: String) async throws(StoreError)

    // MARK: Leases

    /// Takes a named lease, or renews one's own.
    /// - Returns: whether the holder has it now, for `time`.
    func acquire(lease name: String, holder: String, for time: Duration) async throws(StoreError) -> Bool

    /// Gives it back, if the holder has it.
    func release(lease name: String, holder: String) async throws(StoreError)

    // MARK: Drops

    /// Cached answers that have to go, in the order they were added, at most 1000.
    /// - Parameter number: of the last drop the caller has seen.
    func drops(after number: Int) async throws(StoreError) -> [Drop]

    /// The number of the latest drop; 0: none. Whoever starts with an empty cache begins here.
    func latestDrop() async throws(StoreError) -> Int

    func addDrop(cacheKey: String) async throws(StoreError)

    // MARK: The audit log

    /// Who did what. No texts of candidates: it outlives them.
    func add(_ event: LedgerEvent) async throws(StoreError)

    /// Newest first, at most 1000.
    func events(limit: Int) async throws(StoreError) -> [LedgerEvent]
}

/// A document as it is now.
public struct LedgerDocument: Sendable, Equatable {
    public var kind: String
    public var id: String
    public var route: String?
    public var json: [UInt8]
    /// 1 for the first; one more with each write.
    public var revision: Int
    public var writtenAt: WallTime
}

/// A cached answer that has to go.
public struct Drop: Sendable, Equatable {
    /// Rises; a reader that has seen one has seen all before it.
    public var number: Int
    /// Hexadecimal digits.
    public var cacheKey: String
}

/// A line of the audit log.
public struct LedgerEvent: Sendable, Equatable {
    public var at: WallTime
    public var who: String
    /// One of a few words: `promote`, `erase`, `export`, ...
    public var what: String
    public var route: String?
    /// A JSON object; null where there is nothing to add.
    public var detail: [UInt8]?

    public init(at: WallTime = .now(), who: String, what: String, route: String? = nil, detail: [UInt8]? = nil) {
        self.at = at
        self.who = who
        self.what = what
        self.route = route
        self.detail = detail
    }
}
