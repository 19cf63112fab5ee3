/// What one event of a stream added to the answer.
public struct AnswerPiece: Sendable {
    /// Which choices say more than before.
    public var positions: ChoicePositions
    /// The event for clients, where chunks are kept.
    public var chunk: AnswerChunk?
}

/// Positions in an answer's `choices`, rising: a set of small numbers in one word.
public struct ChoicePositions: Sendable, Hashable, Sequence {
    /// OpenAI's largest `n`; an answer has no more choices.
    public static let most = 128

    private var bits: UInt128 = 0

    public init() {}

    public var isEmpty: Bool { bits == 0 }
    public var count: Int { bits.nonzeroBitCount }

    public func contains(_ position: Int) -> Bool {
        (0..<Self.most).contains(position) && bits >> UInt128(position) & 1 == 1
    }

    mutating func insert(_ position: Int) { bits |= 1 << UInt128(position) }

    public func makeIterator() -> Iterator { Iterator(bits: bits) }

    public struct Iterator: IteratorProtocol, Sendable {
        fileprivate var bits: UInt128

        public mutating func next() -> Int? {
            guard bits != 0 else { return nil }
            defer { bits &= bits - 1 }
            return bits.trailingZeroBitCount
        }
    }
}

/// Why a stream is no answer.
public enum StreamFault: Error, Sendable, Equatable {
    /// An event that is no part of an answer.
    case malformed(MalformedAnswer)
    /// An error object in mid-stream: its message, and its status where it names one.
    case refused(status: Int?, message: String?)
    /// The upstream closed before every choice had ended.
    case cut
    /// An event, or the answer, over the limit.
    case tooLarge
}
