// A candidate: one call of the large model made for a client, kept with all that a trainer or a reviewer needs.
//
// What came over the wire (the request, prompts, choices, usage, metadata) is kept as the JSON it was, byte for byte:
// numbers keep their spelling, unknown members stay, and nothing is decoded on the way to the disk. What we know
// ourselves has Swift types. `Candidate+JSON.swift` is the one place that knows the written form.

/// One stored pair worth training on. A value: made by the flight, written by the spool, kept by the store.
public struct Candidate: Sendable, Equatable, Identifiable {
    /// The gateway's own, see `CandidateID`. The store keeps one row per id, however often it is delivered.
    public var id: CandidateID
    /// The `x-request-id` of the exchange that started the flight. Recorded; not necessarily unique.
    public var requestID: String
    public var createdAt: WallTime
    public var route: String
    public var environment: String
    /// Digest of what an answer must be on this route (prompt and model of large, checks), in hexadecimal digits.
    public var contract: String
    /// The small model in service, with its prompt and threshold; null where none was trained yet.
    public var version: String?
    public var source: Source
    /// Why large was asked, out of the closed list of verdict reasons: `low_confidence`, `format.json_schema`, ...
    public var reason: String
    /// What the failed check said, with its position.
    public var detail: String?
    /// The JSON object the client sent.
    public var request: [UInt8]
    public var prompt: Prompt
    /// Null where small was not asked or gave no answer.
    public var small: Answer?
    public var large: Answer?
    /// The score of small's answer by the route's confidence rule; null: none configured, or none could be computed.
    public var score: Double?
    /// What the score was held against; null where the route has no confidence rule.
    public var threshold: Double?
    /// The cache key in hexadecimal digits, so that a review that rejects can drop the stored answer. Null: not cached.
    public var cacheKey: String?
    public var status: Status
    /// The completion a reviewer chose or wrote; null: large's answer stands.
    public var completion: String?
    /// The client's `metadata`, a JSON object; null where it sent none.
    public var metadata: [UInt8]?
    /// Why it must not be trained on: the check that large's answer failed, or `uncovered` or `too_long` where small
    /// could not be asked it; null: it may.
    public var untrainable: String?
    /// The first stop sequence sent to small, which a completion ends with in training files; null: none was set.
    public var stop: String?
    /// Nil: not audited.
    public var audit: Audit?
    /// The name of the client key that the request came with; null: no client, or no keys are asked for.
    public var client: String?

    /// The prompts as sent to each role: JSON values. A string for a model that speaks completions, the array of
    /// messages for one that speaks chat. Null: nothing could be phrased for that role. `small` is also filled where
    /// small was not asked (no model yet, a rule), as its prompt is what training needs.
    public struct Prompt: Sendable, Equatable {
        public var small: [UInt8]?
        public var large: [UInt8]?

        public init(small: [UInt8]? = nil, large: [UInt8]? = nil) {
            self.small = small
            self.large = large
        }
    }

    /// What one model answered.
    public struct Answer: Sendable, Equatable {
        /// The name sent to the provider.
        public var model: String
        /// The JSON array of choices as the model sent it, token log-probabilities included, in its own dialect.
        public var choices: [UInt8]
        /// The JSON object; null where the provider sent none (an interrupted stream).
        public var usage: [UInt8]?
        /// USD; null where the model has no price or the usage is unknown.
        public var cost: Double?
        /// From our call to the end of its answer, in milliseconds.
        public var milliseconds: Double
        /// It broke off, or was broken off by us: the choices are what had come by then.
        public var cut: Bool
        /// Tokens that had come when it was cut; null where it was not, or nobody counted.
        public var cutAt: Int?

        public init(
            model: String,
            choices: [UInt8],
            usage: [UInt8]? = nil,
            cost: Double? = nil,
            milliseconds: Double,
            cut: Bool = false,
            cutAt: Int? = nil
        ) {
            self.model = model
            self.choices = choices
            self.usage = usage
            self.cost = cost
            self.milliseconds = milliseconds
            self.cut = cut
            self.cutAt = cutAt
        }
    }

    /// Where a candidate comes from.
    public enum Source: String, Sendable, CaseIterable {
        /// Traffic: large answered a client.
        case fallback
        /// Drawn at random from what was judged; the missing answer was asked for afterwards.
        case audit
        /// Made by `understudy generate`, without a client.
        case generated
        /// Brought in by `understudy candidates import`.
        case imported
    }

    /// What has become of it.
    public enum Status: String, Sendable, CaseIterable {
        /// Nobody has looked at it. May become any of the next four, and these may change into each other.
        case new
        case accepted
        case edited
        case rejected
        case skipped
        /// Large's answer broke off (`large.cut`). Neither shown nor exported; becomes `new` if the rest arrives.
        case incomplete
        /// An audit that is no work for reviewers: both models agree, or large's answer is none to hold small's
        /// against. Figures rest on it; neither shown nor exported.
        case audited
    }

    public init(
        id: CandidateID = .next(),
        requestID: String,
        createdAt: WallTime = .now(),
        route: String,
        environment: String,
        contract: String,
        version: String?,
        source: Source = .fallback,
        reason: String,
        detail: String? = nil,
        request: [UInt8],
        prompt: Prompt = Prompt(),
        small: Answer? = nil,
        large: Answer? = nil,
        score: Double? = nil,
        threshold: Double? = nil,
        cacheKey: String? = nil,
        status: Status = .new,
        completion: String? = nil,
        metadata: [UInt8]? = nil,
        untrainable: String? = nil,
        stop: String? = nil,
        audit: Audit? = nil,
        client: String? = nil
    ) {
        self.id = id
        self.requestID = requestID
        self.createdAt = createdAt
        self.route = route
        self.environment = environment
        self.contract = contract
        self.version = version
        self.source = source
        self.reason = reason
        self.detail = detail
        self.request = request
        self.prompt = prompt
        self.small = small
        self.large = large
        self.score = score
        self.threshold = threshold
        self.cacheKey = cacheKey
        self.status = status
        self.completion = completion
        self.metadata = metadata
        self.untrainable = untrainable
        self.stop = stop
        self.audit = audit
        self.client = client
    }

    /// What it will roughly take in memory and on disk, in bytes. For bounding queues, before it is encoded.
    public var approximateSize: Int {
        var size = 512 + request.count + (metadata?.count ?? 0)
        size += (prompt.small?.count ?? 0) + (prompt.large?.count ?? 0)
        size += (small.map { $0.choices.count + ($0.usage?.count ?? 0) } ?? 0)
        size += (large.map { $0.choices.count + ($0.usage?.count ?? 0) } ?? 0)
        return size
    }
}
