public import Completions

/// An accepted, complete answer with what a hit has to say about it. Immutable, so that all workers share one copy.
///
/// The answer itself is kept as the bytes that Redis gets, in one piece: most entries are never hit, and what is in
/// many pieces costs a cache miss for each when it is evicted. Hits by the raw body do not need the answer at all.
public final class CachedAnswer: Sendable {
    /// Which of a route's two models wrote the answer.
    public enum Role: UInt8, Sendable {
        case small = 1
        case large = 2
    }

    public let key: CacheKey
    public let answeredBy: Role
    /// The model's name as the provider gave it or as the settings have it: what `x-understudy-model` says.
    public let model: String
    /// The verdict on the small answer: `accept`, or why large answered.
    public let verdict: String
    /// Nil where the answer was not scored: no confidence rule, or an answer of large.
    public let score: Double?
    /// Which score it is; an entry with another score than the one configured is a miss.
    public let scoreName: String?
    /// Unix milliseconds.
    public let storedAt: Int64
    /// How long it may be served, from `storedAt`.
    public let ttl: Duration
    /// How many alternatives each token's log-probability has; nil where the answer has no log-probabilities.
    public let topLogprobs: Int?
    /// What ``encode()`` gives.
    let bytes: [UInt8]

    public init(
        key: CacheKey,
        answer: CompletionAnswer,
        answeredBy: Role,
        model: String,
        verdict: String,
        score: Double?,
        scoreName: String?,
        storedAt: Int64,
        ttl: Duration,
        topLogprobs: Int?
    ) {
        self.key = key
        self.answeredBy = answeredBy
        self.model = model
        self.verdict = verdict
        self.score = score
        self.scoreName = scoreName
        self.storedAt = storedAt
        self.ttl = ttl
        self.topLogprobs = topLogprobs
        bytes = Self.encode(
            key: key,
            answer: answer,
            answeredBy: answeredBy,
            model: model,
            verdict: verdict,
            score: score,
            scoreName: scoreName,
            storedAt: storedAt,
            ttl: ttl,
            topLogprobs: topLogprobs
        )
    }

    /// From fields that were read out of `bytes`.
    init(key: CacheKey, fields: Fields, bytes: [UInt8]) {
        self.key = key
        answeredBy = fields.answeredBy
        model = fields.model
        verdict = fields.verdict
        score = fields.score
        scoreName = fields.scoreName
        storedAt = fields.storedAt
        ttl = fields.ttl
        topLogprobs = fields.topLogprobs
        self.bytes = bytes
    }

    /// Decoded anew at each call: hold what you get.
    public var answer: CompletionAnswer {
        guard let (_, answer) = Self.read(bytes, key: key) else {
            preconditionFailure("A stored answer is what it was made of.")
        }
        return answer
    }

    /// Whether the entry has the log-probabilities that somebody wants.
    public func has(_ wants: LogprobWants) -> Bool {
        wants <= LogprobWants(top: topLogprobs)
    }

    /// Seconds since it was stored, for `cache-control: max-age`; never negative.
    /// - Parameter unixMilliseconds: now, by the wall clock.
    public func age(unixMilliseconds: Int64) -> Duration {
        .milliseconds(max(0, unixMilliseconds - storedAt))
    }

    /// What is left of its time; zero or less: do not serve it. Never more than the whole `ttl`, so that an entry
    /// from a gateway whose clock runs ahead does not live longer than intended.
    public func remaining(unixMilliseconds: Int64) -> Duration {
        ttl - age(unixMilliseconds: unixMilliseconds)
    }
}
