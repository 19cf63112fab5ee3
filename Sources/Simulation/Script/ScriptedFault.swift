/// Something that goes wrong with a reply, and when.
public struct ScriptedFault: Sendable, Equatable {
    public var kind: FaultKind
    public var trigger: FaultTrigger

    public init(_ kind: FaultKind, _ trigger: FaultTrigger = FaultTrigger()) {
        self.kind = kind
        self.trigger = trigger
    }
}

public enum FaultKind: Sendable, Equatable {
    /// An error of the provider, in OpenAI's shape; `retryAfter` becomes the `retry-after` header.
    case status(Int, retryAfter: String? = nil, message: String? = nil)
    /// The first byte comes this much later.
    case slow(Duration)
    /// No byte comes until the test releases the answer (`POST /sim/release`) or the client leaves.
    case hold
    /// Head and `after` bytes of the body, then nothing for the time given, or for good.
    case stall(after: Int, for: Duration?)
    /// The connection is closed instead of an answer.
    case resetBefore
    /// The connection is closed after `after` bytes of the body, before its end.
    case resetInside(after: Int)
    /// 200 with a body that breaks off in the middle of the JSON; a client that wants a stream gets that too.
    case malformed
    /// 200 with this body in place of the answer or the stream.
    case body(String)
    /// The answer's log-probabilities are left out (`missing`), null as a whole, null for every second token, or empty.
    case logprobs(LogprobDefect)
    case contentType(String)
    /// The answer's text is followed by so many bytes more.
    case oversized(Int)
    /// A good answer, then the connection is closed, without a word in the head.
    case closeAfter
    /// Of streams only.
    case stream(StreamFault)
}

public enum LogprobDefect: String, Sendable, CaseIterable {
    case missing, null, nulls, empty
}

/// When a fault happens: all conditions given must hold; none given: always.
public struct FaultTrigger: Sendable, Equatable {
    /// A share of the calls, 0 ... 1, drawn by seed, model and call number.
    public var share: Double?
    /// Calls n, 2n, 3n ... of the model, counted from 1.
    public var every: Int?
    /// The first n calls of the model only.
    public var first: Int?
    /// All calls of the model but the first n.
    public var after: Int?
    /// Inputs that hold this text.
    public var contains: String?

    public init(
        share: Double? = nil,
        every: Int? = nil,
        first: Int? = nil,
        after: Int? = nil,
        contains: String? = nil
    ) {
        self.share = share
        self.every = every
        self.first = first
        self.after = after
        self.contains = contains
    }

    /// `call` is the number of this call of the model, from 1; `seed` is the script's, mixed with model and fault.
    func fires(call: Int, input: String, seed: UInt64) -> Bool {
        if let every, every < 1 || call % every != 0 { return false }
        if let first, call > first { return false }
        if let after, call <= after { return false }
        if let contains, !InputMatch.contains(contains).matches(input) { return false }
        if let share {
            var random = SplitMix(seed: seed &+ UInt64(call) &* 0x9E37_79B9_7F4A_7C15)
            return random.unit() < share
        }
        return true
    }
}
