// One row per exchange, without texts: what later tools replay thresholds, rules and prices over.
//
// The row is written as it lies in memory: numbers of fixed width, little-endian, each at a multiple of its width, in
// the order declared. `ExchangeRecordTests` holds every offset down, since a file outlives the program that wrote it.
// To add a field: use up `reserved`, or make a new `ExchangeFile.version`; never move one.
//
// What was not measured is NaN for scores and costs, 0 for counts and times, and `.none` for names.

/// What happened in one exchange. Fill in what is known, then `RecordLog.Buffer.append`.
public struct ExchangeRecord: Sendable, BitwiseCopyable {
    /// The exchange's own id.
    public var id: CandidateID
    public var receivedAt: WallTime

    // Which settings it ran under
    public var route = NameIndex.none
    public var environment = NameIndex.none
    public var contract = NameIndex.none
    public var version = NameIndex.none
    /// Version of the settings.
    public var settings = NameIndex.none
    public var clientKey = NameIndex.none
    /// Names sent to the providers.
    public var smallModel = NameIndex.none
    public var largeModel = NameIndex.none
    /// The verdict on small's answer, or why small was not asked: `accept`, `low_confidence`, `rule`, ...
    public var reason = NameIndex.none
    /// The verdict of the checks on the answer that was sent.
    public var answerReason = NameIndex.none
    /// The first 64 bits of the digest that `share` rules draw by (key material without version, without salt).
    public var shareHash: UInt64 = 0

    // Judgment of small's answer
    public var scores = ExchangeScores()
    /// The same over tokens that carry JSON values only.
    public var valueScores = ExchangeScores()
    /// By the route's rule.
    public var score = Double.nan
    public var threshold = Double.nan
    public var smallChecks = CheckBits()
    public var largeChecks = CheckBits()

    // Money, USD
    public var smallCost = Double.nan
    public var largeCost = Double.nan

    // Time
    public var phases = ExchangePhases()
    public var smallTokenTimes = TokenTimes()
    public var largeTokenTimes = TokenTimes()

    // Sizes and tokens
    public var requestBytes: UInt32 = 0
    /// Characters (Unicode scalars) of the input, as the rule `input_chars` counts them.
    public var inputCharacters: UInt32 = 0
    public var smallRequestBytes: UInt32 = 0
    public var largeRequestBytes: UInt32 = 0
    public var smallAnswerBytes: UInt32 = 0
    public var largeAnswerBytes: UInt32 = 0
    /// The body that was sent to the client.
    public var answerBytes: UInt32 = 0
    public var smallPromptTokens: UInt32 = 0
    public var smallCompletionTokens: UInt32 = 0
    public var largePromptTokens: UInt32 = 0
    public var largeCompletionTokens: UInt32 = 0
    /// The effective limit; 0: none known.
    public var maximumTokens: UInt32 = 0

    public var flags = Flags()
    /// HTTP status of the answer; 0: the client had gone.
    public var status: UInt16 = 0
    /// `n`.
    public var choices: UInt16 = 1
    /// Position of the rule that chose, from 0; -1: none did.
    public var rule: Int16 = -1
    /// Position of the choice that failed; -1: none did.
    public var failedChoice: Int16 = -1
    public var answeredBy = AnsweredBy.nobody
    public var cache = CacheResult.none
    public var small = ModelTurn.notAsked
    public var large = ModelTurn.notAsked
    /// Tokens of small's answer that had come when it was cut, or found hopeless; 0: neither. Without `smallCut` it was
    /// read to its end all the same (`let_run`), and what is said of it is said of the whole.
    public var smallCutAt: UInt32 = 0
    public var reserved: UInt32 = 0

    public init(id: CandidateID, receivedAt: WallTime) {
        self.id = id
        self.receivedAt = receivedAt
    }

    public struct Flags: OptionSet, Sendable, BitwiseCopyable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let stream = Flags(rawValue: 1 << 0)
        /// The client spoke chat; without it, completions.
        public static let chat = Flags(rawValue: 1 << 1)
        public static let tools = Flags(rawValue: 1 << 2)
        public static let responseFormat = Flags(rawValue: 1 << 3)
        public static let clientGone = Flags(rawValue: 1 << 4)
        /// A candidate was made of it, and was in the spool before the answer left.
        public static let harvested = Flags(rawValue: 1 << 5)
        /// A candidate should have been made, and was late or lost.
        public static let harvestFailed = Flags(rawValue: 1 << 6)
        /// `store: false`, or the route's or key's settings, kept it out.
        public static let harvestForbidden = Flags(rawValue: 1 << 7)
        /// It waited for a flight that another exchange had started: model columns are that flight's, and its cost is
        /// accounted there.
        public static let shared = Flags(rawValue: 1 << 8)
        public static let smallCut = Flags(rawValue: 1 << 9)
        public static let hedged = Flags(rawValue: 1 << 10)
        public static let refused = Flags(rawValue: 1 << 11)
        /// Rejected by confidence alone.
        public static let onlyConfidenceFailed = Flags(rawValue: 1 << 12)
        /// It may be remembered, and was handed to the cache.
        public static let remembered = Flags(rawValue: 1 << 13)
        /// `x-understudy-use` chose the model.
        public static let chosenByClient = Flags(rawValue: 1 << 14)
    }

    /// Whose answer was sent.
    public struct AnsweredBy: RawRepresentable, Sendable, Hashable, BitwiseCopyable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// An error was sent, or nothing.
        public static let nobody = AnsweredBy(rawValue: 0)
        public static let small = AnsweredBy(rawValue: 1)
        public static let large = AnsweredBy(rawValue: 2)
        public static let cache = AnsweredBy(rawValue: 3)
    }

    public struct CacheResult: RawRepresentable, Sendable, Hashable, BitwiseCopyable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// It did not come to that.
        public static let none = CacheResult(rawValue: 0)
        public static let bypass = CacheResult(rawValue: 1)
        public static let miss = CacheResult(rawValue: 2)
        public static let memoryHit = CacheResult(rawValue: 3)
        public static let redisHit = CacheResult(rawValue: 4)
        public static let shared = CacheResult(rawValue: 5)
    }

    /// How a model's turn went.
    public struct ModelTurn: RawRepresentable, Sendable, Hashable, BitwiseCopyable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let notAsked = ModelTurn(rawValue: 0)
        public static let answered = ModelTurn(rawValue: 1)
        public static let failed = ModelTurn(rawValue: 2)
        public static let cancelled = ModelTurn(rawValue: 3)
    }
}

/// Every score that an answer's log-probabilities allow, in nats; NaN where one cannot be had.
public struct ExchangeScores: Sendable, BitwiseCopyable {
    public var mean = Double.nan
    public var minimum = Double.nan
    public var quantile10 = Double.nan
    public var quantile25 = Double.nan
    public var median = Double.nan
    public var firstToken = Double.nan
    public var margin = Double.nan

    public init() {}

    public init(
        mean: Double,
        minimum: Double,
        quantile10: Double,
        quantile25: Double,
        median: Double,
        firstToken: Double,
        margin: Double
    ) {
        self.mean = mean
        self.minimum = minimum
        self.quantile10 = quantile10
        self.quantile25 = quantile25
        self.median = median
        self.firstToken = firstToken
        self.margin = margin
    }
}

/// What became of each of a route's checks, in the order of its list; at most 32.
public struct CheckBits: Sendable, Hashable, BitwiseCopyable {
    public enum Outcome: Sendable {
        case pass
        case fail
        case notRun
    }

    public private(set) var passed: UInt32 = 0
    public private(set) var failed: UInt32 = 0
    /// How many checks the route has; 0: no answer was judged.
    public var count: UInt32 = 0

    public init(count: Int = 0) {
        precondition(count <= 32, "an exchange record has room for 32 checks")
        self.count = UInt32(count)
    }

    /// Checks that nothing is said about were not run.
    public subscript(position: Int) -> Outcome {
        get {
            let bit = UInt32(1) << UInt32(position)
            if failed & bit != 0 { return .fail }
            return passed & bit != 0 ? .pass : .notRun
        }
        set {
            let bit = UInt32(1) << UInt32(position)
            passed = newValue == .pass ? passed | bit : passed & ~bit
            failed = newValue == .fail ? failed | bit : failed & ~bit
        }
    }
}

/// How long each phase of an exchange took, in microseconds (up to 71 minutes); 0: it had none of it.
public struct ExchangePhases: Sendable, BitwiseCopyable {
    /// From the request's first byte to its last.
    public var receive: UInt32 = 0
    public var choose: UInt32 = 0
    public var recall: UInt32 = 0
    /// In the queue of a model that had `max_in_flight` calls under way.
    public var queue: UInt32 = 0
    public var askSmall: UInt32 = 0
    public var judgeSmall: UInt32 = 0
    public var askLarge: UInt32 = 0
    public var judgeLarge: UInt32 = 0
    public var harvest: UInt32 = 0
    public var answer: UInt32 = 0
    public var remember: UInt32 = 0
    /// From the request's first byte to the answer's last.
    public var total: UInt32 = 0
    /// Total minus the time spent waiting for models.
    public var overhead: UInt32 = 0
    public var reserved: UInt32 = 0

    public init() {}
}

/// When a model's tokens came, in microseconds from our call. Of a body that came whole only `first` (its first byte)
/// and `last` are known.
public struct TokenTimes: Sendable, BitwiseCopyable {
    public var first: UInt32 = 0
    public var last: UInt32 = 0
    public var meanGap: UInt32 = 0
    public var longestGap: UInt32 = 0

    public init(first: UInt32 = 0, last: UInt32 = 0, meanGap: UInt32 = 0, longestGap: UInt32 = 0) {
        self.first = first
        self.last = last
        self.meanGap = meanGap
        self.longestGap = longestGap
    }
}
