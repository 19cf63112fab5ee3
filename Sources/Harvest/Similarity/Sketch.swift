// How alike two inputs are, from 32 bytes of each.
//
// An input becomes the set of its trigrams of characters (Unicode scalars, folded as FoldedText has it, a blank around
// them), and two sets are as alike as their Jaccard index says: what they share of what they have together. It is
// estimated by MinHash: under a random order of all trigrams, both sets have the same first one with just that
// probability (Broder 1997). Of 256 orders the sketch keeps one bit of each first one; bits of different trigrams are
// the same half the time, so an index of J shows as (1 + J) / 2 equal bits (Li and König 2010, "b-bit minwise
// hashing"), with a standard deviation of 0.04 at J = 0.75.
//
// Trigrams of characters rather than words: they take a typing error and an inserted word alike, and need no blanks
// between words, which many scripts do not write. Where the line is drawn was measured on 600 generated questions of
// three to twelve words and eight kinds of edit (SketchTests holds it to that):
//
//                         one typing error   a word more   "please"   a word less   another question
//     trigrams, J ≥ 0.6          1.00           0.99         1.00        0.91            0.0031
//     trigrams, J ≥ 0.7          0.97           0.99         0.94        0.77            0.0006
//     trigrams, J ≥ 0.8          0.84           0.84         0.62        0.55            0.0001
//     words,    J ≥ 0.7          0.44           0.93         0.93        0.93            0.0008
//     word pairs, J ≥ 0.7        0.10           0.38         0.93        0.44            0.0001
//
// Even so "my slowest functions" and "my fastest functions" share most trigrams: likeness alone never makes a cluster,
// the answers have to be equal too (Likeness).
//
// The work is bounded: of a long input's trigrams the 512 with the lowest hashes stand for all. Of two long inputs of
// very different length the estimate is then too low, which is the safe side.

/// 256 bits of a text, stored as four integers. Two of the same `version` can be compared.
public struct Sketch: Sendable, Hashable {
    /// Rises with every change that gives another sketch for the same text: the store keeps sketches.
    public static let version = 1
    /// From here on two inputs count as near-identical.
    public static let threshold = 0.7

    private var bits: SIMD4<UInt64>

    /// - Returns: nil unless there are four.
    public init?(words: [Int64]) {
        guard words.count == 4 else { return nil }
        bits = SIMD4(words.map { UInt64(bitPattern: $0) })
    }

    public var words: [Int64] { (0..<4).map { Int64(bitPattern: bits[$0]) } }

    /// An estimate of the Jaccard index of the two texts' trigrams: 0...1.
    public func likeness(to other: Sketch) -> Double {
        let difference = bits ^ other.bits
        let different = (0..<4).reduce(0) { $0 + difference[$1].nonzeroBitCount }
        return max(0, 1 - 2 * Double(different) / 256)
    }

    public func isNear(_ other: Sketch) -> Bool { likeness(to: other) >= Self.threshold }

    init(_ minima: Minima) {
        bits = .zero
        for (index, first) in minima.values.enumerated() { bits[index / 64] |= (first & 1) << UInt64(index % 64) }
    }

    /// The first trigram of a text under each of the 256 orders.
    struct Minima {
        private(set) var values: [UInt64]

        init(_ text: FoldedText) {
            let trigrams = Trigrams(text).hashes
            values = Self.seeds.map { seed in
                trigrams.reduce(UInt64.max) { least, trigram in min(least, mix(trigram ^ seed)) }
            }
        }

        /// A key for each of six bands of four orders: what is alike has one in common (Likeness has the odds).
        var bands: [UInt64] {
            (0..<6).map { band in values[4 * band..<4 * band + 4].reduce(UInt64(band)) { mix($0 &+ $1) } }
        }

        private static let seeds: [UInt64] = (1...256).map { mix($0 &* 0x9e37_79b9_7f4a_7c15) }
    }
}

/// The distinct trigrams of a text, each as a hash; of a text with more than 512, those with the lowest.
private struct Trigrams {
    private static let most = 512
    private(set) var hashes: [UInt64] = []
    /// Nothing from here on can be among the lowest.
    private var bound = UInt64.max

    init(_ text: FoldedText) {
        // A blank at both ends: the first and last word weigh as much as others, and one letter is a trigram.
        var packed: UInt64 = 0x20
        var count = 1
        for scalar in text.scalars + [0x20] {
            // A scalar has 21 bits, so three fit, and different trigrams are different numbers.
            packed = (packed << 21 | UInt64(scalar)) & (1 << 63 - 1)
            count += 1
            if count >= 3 { add(mix(packed)) }
        }
        reduce()
    }

    private mutating func add(_ hash: UInt64) {
        guard hash < bound else { return }
        hashes.append(hash)
        if hashes.count >= 4 * Self.most { reduce() }
    }

    /// Drops what is there twice, and what is not among the lowest.
    private mutating func reduce() {
        hashes.sort()
        var kept = 0
        for index in hashes.indices where index == 0 || hashes[index] != hashes[index - 1] {
            hashes[kept] = hashes[index]
            kept += 1
            if kept == Self.most { break }
        }
        hashes.removeLast(hashes.count - kept)
        if kept == Self.most { bound = hashes[kept - 1] }
    }
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014): every bit of the result hangs on every bit of `value`.
func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
}
