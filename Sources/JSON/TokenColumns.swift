internal import CSimdjson

/// Token log-probabilities as flat columns: views of the parser's buffers, **valid until its next parse or its next
/// columns**. Whoever keeps them copies them, or appends them to columns that grow.
public struct TokenColumns {
    public enum Refusal: Error, Sendable, Equatable {
        /// A member of the wrong type, or one that is missing.
        case shape(token: Int)
        /// Above 0, or beyond what a double holds: no log-probability.
        case positive(token: Int)
        /// Parallel arrays of different lengths.
        case lengths
        /// `bytes` holds something that is no byte.
        case bytes(token: Int)
    }

    /// `.nan` for null.
    public let logprobs: UnsafeBufferPointer<Double>
    public let tokenBytes: UnsafeBufferPointer<UInt8>
    public let tokenEnds: UnsafeBufferPointer<Int32>
    /// Empty, or one a token.
    public let offsets: UnsafeBufferPointer<Int32>
    /// Empty where no token has alternatives.
    public let margins: UnsafeBufferPointer<Double>
    /// The most alternatives that any token has.
    public let alternatives: Int

    public var count: Int { logprobs.count }

    init(_ status: csj_lp_status, _ columns: csj_logprobs) throws(Refusal) {
        switch status {
        case CSJ_LP_OK: break
        case CSJ_LP_POSITIVE: throw .positive(token: columns.bad)
        case CSJ_LP_LENGTHS: throw .lengths
        case CSJ_LP_BYTES: throw .bytes(token: columns.bad)
        default: throw .shape(token: columns.bad)
        }
        logprobs = UnsafeBufferPointer(start: columns.logprobs, count: columns.count)
        tokenEnds = UnsafeBufferPointer(start: columns.ends, count: columns.count)
        tokenBytes = UnsafeBufferPointer(start: columns.bytes, count: Int(tokenEnds.last ?? 0))
        offsets = UnsafeBufferPointer(start: columns.offsets, count: columns.offset_count)
        margins = UnsafeBufferPointer(start: columns.margins, count: columns.margin_count)
        alternatives = columns.alternatives
    }
}
