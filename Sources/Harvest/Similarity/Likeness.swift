// What the store keeps of a candidate to find the cluster it belongs to: near-identical inputs of one route and one
// contract with an equal answer, so that one decision can stand for all of them. "Find my slowest functions" and "find
// my fastest functions" share nearly all trigrams; what tells them apart is the answer, so it is part of what is looked
// up, not only of what is compared.
//
//     for each of the six keys: the candidates that have it too          one index
//     of these, the first whose sketch is near: its cluster is mine      one comparison of four words
//
// The keys are locality-sensitive hashing over the sketch's own orders: six bands of four. Inputs that are alike to 0.9
// share a band with probability 0.998, to 0.8 with 0.96, to 0.7 with 0.81, to 0.3 with 0.05, to 0.15 with 0.003: a
// label that half of the traffic has as its answer still makes short lists. What is missed is reviewed on its own, and
// no harm is done.

public import Digest

/// What is compared of a candidate. Computed once, off every loop.
public struct Likeness: Sendable, Equatable {
    public static let keyCount = 6

    /// Of the folded input: equal inputs, but for case, white space and the mark at the end, have equal digests.
    public let input: Digest32
    /// Of the answer that counts.
    public let answer: Digest32
    public let sketch: Sketch
    /// `keyCount` numbers. Two candidates with near-identical inputs, of one route and contract and with an equal
    /// answer, have one in common, most probably; others have not.
    public let keys: [Int64]

    /// Nil where there is no input, or no answer to be equal.
    public init?(of candidate: Candidate) {
        guard let input = candidate.input, let answer = CountedAnswer(candidate) else { return nil }
        self.init(input: input, answer: answer.digest, route: candidate.route, contract: candidate.contract)
    }

    init(input: String, answer: Digest32, route: String, contract: String) {
        let text = FoldedText(input)
        let minima = Sketch.Minima(text)
        self.input = Self.digest(of: text)
        self.answer = answer
        sketch = Sketch(minima)
        var hash = SHA256()
        for part in [route, contract] {
            hash.update(length: part.utf8.count)
            hash.update(part)
        }
        hash.update(answer)
        let group = hash.finish().leadingWord
        keys = minima.bands.map { Int64(bitPattern: mix($0 ^ group)) }
    }

    /// Whether both belong into one cluster, as far as inputs and answers say (route and contract are the caller's).
    public func isNear(_ other: Likeness) -> Bool {
        answer == other.answer && (input == other.input || sketch.isNear(other.sketch))
    }

    /// The digest of an input as `input` has it.
    public static func inputDigest(of text: String) -> Digest32 { digest(of: FoldedText(text)) }

    private static func digest(of text: FoldedText) -> Digest32 { SHA256.digest(of: text.bytes) }
}
