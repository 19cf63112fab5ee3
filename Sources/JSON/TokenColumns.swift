internal import CSimdjson

/// Token log-probabilities as flat columns, copied out of the parser's buffers.
public struct TokenColumns: Sendable {
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
    public let logprobs: [Double]
    public let tokenBytes: [UInt8]
    public let tokenEnds: [Int32]
    /// Empty, or one a token.
    public let offsets: [Int32]
    /// Empty where no token has alternatives.
    public let margins: [Double]
    /// The most alternatives that any token has.
    public let alternatives: Int

    init(_ status: csj_lp_status, _ columns: csj_logprobs) throws(Refusal) {
        switch status {
        case CSJ_LP_OK: break
        case CSJ_LP_POSITIVE: throw .positive(token: columns.bad)
        case CSJ_LP_LENGTHS: throw .lengths
        case CSJ_LP_BYTES: throw .bytes(token: columns.bad)
        default: throw .shape(token: columns.bad)
        }
        let ends = UnsafeBufferPointer(start: columns.ends, count: columns.count)
        logprobs = Array(UnsafeBufferPointer(start: columns.logprobs, count: columns.count))
        tokenBytes = Array(UnsafeBufferPointer(start: columns.bytes, count: Int(ends.last ?? 0)))
        tokenEnds = Array(ends)
        offsets = Array(UnsafeBufferPointer(start: columns.offsets, count: columns.offset_count))
        margins = Array(UnsafeBufferPointer(start: columns.margins, count: columns.margin_count))
        alternatives = columns.alternatives
    }
}
