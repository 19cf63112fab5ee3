// Which candidates are meant: a filter that lists, counts, the review queue and exports share.

/// Narrows candidates down. Nil members narrow nothing, but for `statuses`.
public struct CandidateFilter: Sendable, Equatable {
    public var route: String?
    /// Nil: all but `incomplete` and `audited`, which are shown only when asked for.
    public var statuses: Set<Candidate.Status>?
    /// Any of these; nil: whatever the reason.
    public var reasons: Set<String>?
    /// The small model in service when it was harvested; an empty text means those that had none.
    public var version: String?
    public var source: Candidate.Source?
    public var contract: String?
    /// `created_at` is this or later.
    public var from: WallTime?
    /// `created_at` is earlier than this.
    public var to: WallTime?
    /// Words that all stand in the input, in any order and case; the last one may be the beginning of a word. Nil, or
    /// nothing but punctuation, narrows nothing. See `SearchWords` for what a word is.
    public var text: String?
    /// The `x-request-id` of the exchange.
    public var requestID: String?

    public init(
        route: String? = nil,
        statuses: Set<Candidate.Status>? = nil,
        reasons: Set<String>? = nil,
        version: String? = nil,
        source: Candidate.Source? = nil,
        contract: String? = nil,
        from: WallTime? = nil,
        to: WallTime? = nil,
        text: String? = nil,
        requestID: String? = nil
    ) {
        self.route = route
        self.statuses = statuses
        self.reasons = reasons
        self.version = version
        self.source = source
        self.contract = contract
        self.from = from
        self.to = to
        self.text = text
        self.requestID = requestID
    }
}

/// One page of a list of candidates.
@dynamicMemberLookup public struct CandidateQuery: Sendable, Equatable {
    public var filter: CandidateFilter
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
        _ filter: CandidateFilter = CandidateFilter(),
        limit: Int = 100,
        after: String? = nil,
        order: Order = .newestFirst
    ) {
        self.filter = filter
        self.limit = limit
        self.after = after
        self.order = order
    }

    public init(
        route: String? = nil,
        statuses: Set<Candidate.Status>? = nil,
        reason: String? = nil,
        limit: Int = 100,
        after: String? = nil,
        order: Order = .newestFirst
    ) {
        let filter = CandidateFilter(route: route, statuses: statuses, reasons: reason.map { [$0] })
        self.init(filter, limit: limit, after: after, order: order)
    }

    public subscript<Value>(dynamicMember member: WritableKeyPath<CandidateFilter, Value>) -> Value {
        get { filter[keyPath: member] }
        set { filter[keyPath: member] = newValue }
    }
}

public struct CandidatePage: Sendable, Equatable {
    public var data: [Candidate]
    /// For `after`; nil where nothing follows.
    public var next: String?
}

/// How many candidates share these.
public struct CandidateCount: Sendable, Equatable {
    public var route: String
    public var status: Candidate.Status
    public var reason: String
    public var version: String?
    public var source: Candidate.Source
    public var count: Int

    public init(
        route: String,
        status: Candidate.Status,
        reason: String,
        version: String?,
        source: Candidate.Source,
        count: Int
    ) {
        self.route = route
        self.status = status
        self.reason = reason
        self.version = version
        self.source = source
        self.count = count
    }
}
