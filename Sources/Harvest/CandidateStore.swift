// What a store of candidates can do, whatever keeps it. SQLite is the one built in; another is one file, and one line
// in KnownStores.

/// Keeps candidates and what was decided about them.
///
/// For implementers:
/// - `keep` delivers at least once: the same candidate may come again, after any failure and any restart, also from two
///   deliveries at a time. It is one row per id; a row is never replaced, but for an `incomplete` one, which gives way
///   to the same candidate made whole. When `keep` returns, the rows survive power loss.
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

    /// Adds a decision.
    /// - Returns: the candidate as it is now; nil where there is none of that id.
    /// - Throws: `.refused` for a decision that the candidate cannot take.
    func decide(_ decision: Decision, on id: CandidateID) async throws(StoreError) -> Candidate?

    /// The decisions on one candidate, oldest first.
    func decisions(on id: CandidateID) async throws(StoreError) -> [DecisionEvent]

    /// How many candidates there are of each route, status and reason.
    func counts() async throws(StoreError) -> [CandidateCount]

    /// Ends the store's thread. Nothing may be asked of it afterwards.
    func close() async
}

/// Which candidates to list.
public struct CandidateQuery: Sendable, Equatable {
    public var route: String?
    /// Nil: all but `incomplete`, which are shown only when asked for.
    public var statuses: Set<Candidate.Status>?
    public var reason: String?
    /// At most this many; the store clamps to 1...1000.
    public var limit: Int
    /// The `next` of the page before. Opaque; holds for the query it came from.
    public var after: String?
    public var order: Order

    public enum Order: String, Sendable {
        case newestFirst = "n"
        case oldestFirst = "o"
    }

    public init(
        route: String? = nil,
        statuses: Set<Candidate.Status>? = nil,
        reason: String? = nil,
        limit: Int = 100,
        after: String? = nil,
        order: Order = .newestFirst
    ) {
        self.route = route
        self.statuses = statuses
        self.reason = reason
        self.limit = limit
        self.after = after
        self.order = order
    }

    /// What `after` says; nil where the list begins.
    /// - Throws: `.refused` for a cursor that is not one of ours, or of a list in the other order.
    func cursor() throws(StoreError) -> CandidateID? {
        guard let after else { return nil }
        guard after.hasPrefix("\(order.rawValue)-"), let id = CandidateID(after.dropFirst(2)) else {
            throw .refused("after: not a cursor of this list")
        }
        return id
    }

    func cursor(at id: CandidateID) -> String { "\(order.rawValue)-\(id)" }
}

public struct CandidatePage: Sendable, Equatable {
    public var data: [Candidate]
    /// For `after`; nil where nothing follows.
    public var next: String?
}

public struct CandidateCount: Sendable, Equatable {
    public var route: String
    public var status: Candidate.Status
    public var reason: String
    public var count: Int
}

/// What a reviewer says about a candidate (`POST /admin/v1/candidates/{id}`).
public struct Decision: Sendable, Equatable {
    public enum Verb: String, Sendable, CaseIterable {
        case accept
        case edit
        /// Neither answer is right.
        case reject
        case skip
    }

    /// Which answer is right, where `accept` says that one is.
    public enum Choice: String, Sendable, CaseIterable {
        case small
        case large
        case both
    }

    public var verb: Verb
    public var choice: Choice?
    /// What the answer should be; `edit` needs it, nothing else takes it.
    public var completion: String?
    public var reviewer: String?
    public var note: String?

    public init(
        _ verb: Verb,
        choice: Choice? = nil,
        completion: String? = nil,
        reviewer: String? = nil,
        note: String? = nil
    ) {
        self.verb = verb
        self.choice = choice
        self.completion = completion
        self.reviewer = reviewer
        self.note = note
    }
}

/// A decision that was made.
public struct DecisionEvent: Sendable, Equatable {
    public var at: WallTime
    public var decision: Decision
    /// The candidate's status before and after.
    public var from: Candidate.Status
    public var to: Candidate.Status
}

/// Why the store did not do it.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Somebody else holds it, the disk is full, the connection is gone: try again later. What is in the spool waits.
    case unavailable(String)
    /// The caller asked for something that cannot be: a 400, with these words.
    case refused(String)
    /// A newer program has been here. Running the old one on it would lose what it does not know.
    case newer(store: String, version: Int, known: Int)
    /// The store cannot be used as it is: wrong file, damage, no permission.
    case broken(String)

    public var isTemporary: Bool { if case .unavailable = self { true } else { false } }

    public var description: String {
        switch self {
        case .unavailable(let what), .refused(let what), .broken(let what):
            what
        case .newer(let store, let version, let known):
            "the store \(store) has schema version \(version), this program knows up to version \(known): "
                + "use the newer program, or a store of its own"
        }
    }
}
