internal import JSON

/// What is remembered about a choice of a stream beside the choice itself.
struct StreamedChoice {
    /// Events that carried text, refusal or arguments.
    var events = 0
    /// Tokens with log-probabilities.
    var rows = 0
    /// The choice's `text` is not nil, nor empty. (Asking the choice itself would copy the text's reference.)
    var hasText = false
    var saysText = false
    /// There is a `finish_reason`.
    var hasEnded = false
    /// The client knows who speaks.
    var hasRole = false
    /// The choice has been in a chunk.
    var hasBegun = false
    /// Unicode scalars of the tokens so far.
    var scalars = 0
    var calls: [StreamedCall] = []
    /// What its deltas said beside.
    var more = JoinedMembers()
    var logprobs = LogprobsJoiner()
}

/// What is remembered about a tool call beside the call itself.
struct StreamedCall {
    /// Its `index` on the wire.
    let index: Int
    /// The tool takes text, not JSON.
    var isCustom = false
    var more = JoinedMembers()
}

extension TokenLogprobs {
    /// Room for an answer of ordinary length, so that short streams grow once.
    private static let ordinary = 64

    static var growing: TokenLogprobs {
        var logprobs = TokenLogprobs(logprobs: [], tokenBytes: [], tokenEnds: [])
        logprobs.logprobs.reserveCapacity(ordinary)
        logprobs.tokenBytes.reserveCapacity(8 * ordinary)
        logprobs.tokenEnds.reserveCapacity(ordinary)
        return logprobs
    }

    /// The tokens of a further event. Columns that only some events have: margins are nan for the others; offsets are
    /// none at all.
    mutating func append(_ more: TokenColumns) {
        let before = count
        let base = Int32(truncatingIfNeeded: tokenBytes.count)
        let hasOffsets = textOffsets.count == before && !more.offsets.isEmpty
        logprobs.append(contentsOf: more.logprobs)
        tokenBytes.append(contentsOf: more.tokenBytes)
        for end in more.tokenEnds { tokenEnds.append(base + end) }
        if hasOffsets { textOffsets.append(contentsOf: more.offsets) } else { textOffsets = [] }
        if !more.margins.isEmpty {
            if margins.isEmpty {
                margins.reserveCapacity(Self.ordinary)
                margins.append(contentsOf: repeatElement(.nan, count: before))
            }
            margins.append(contentsOf: more.margins)
        } else if !margins.isEmpty {
            margins.append(contentsOf: repeatElement(.nan, count: more.count))
        }
        alternatives = max(alternatives, more.alternatives)
    }
}
