/// The loosest threshold at which the accepted answers are good enough, with a guarantee: Learn Then Test, as a fixed
/// sequence (Angelopoulos et al., "Learn then Test: Calibrating Predictive Algorithms to Achieve Risk Control", 2021;
/// CONFIDENCE section 1b).
///
///     thresholds, strict to loose:   m accepted, k of them bad;   p = P(Bin(m, risk) <= k)
///     walk on while p <= 1 - confidence; the last one stands
///
/// Each step is a test of its own at the full level: a walk that ends at its first failure needs no correction for the
/// number of steps. Where it begins must not depend on which answers are bad. With few accepted nothing can be proven
/// (29 without a bad one, at 10 % and 95 %), and beginning there would end most walks at once: so it begins where five
/// bad ones would still pass, or as many as half of the items allow.
public struct ThresholdChoice: Sendable, Equatable {
    public struct Item: Sendable {
        /// The higher, the surer.
        public let score: Double
        public let isBad: Bool

        public init(score: Double, isBad: Bool) {
            self.score = score
            self.isBad = isBad
        }
    }

    public enum Finding: Sendable, Equatable {
        case chosen(ThresholdChoice)
        /// So many items are needed at the least, all of them good.
        case tooFew(needed: Int)
        /// The walk ended at its first step: with so many accepted, so many were bad.
        case notProven(accepted: Int, bad: Int)
    }

    /// Answers with this score or a higher one are accepted.
    public let threshold: Double
    public let accepted: Int
    public let bad: Int
    /// Among all items.
    public let acceptedShare: Double

    /// - Parameters:
    ///   - risk: the share of bad answers among the accepted that is allowed.
    ///   - confidence: that it is not exceeded.
    public static func choose(among items: [Item], risk: Double, confidence: Double) -> Finding {
        guard let first = begin(items.count, risk, confidence) else {
            return .tooFew(needed: leastAccepted(bad: 0, risk, confidence))
        }
        let walk = walk(items, from: first, risk, confidence)
        if let last = walk.proven.last { return .chosen(last) }
        return walk.refuted.map { .notProven(accepted: $0.accepted, bad: $0.bad) } ?? .tooFew(needed: first)
    }

    /// All thresholds that the walk passes, strict to loose. With the given confidence each of them keeps the risk, all
    /// of them together: whoever takes another than the loosest, for whatever reason, loses nothing of the guarantee.
    public static func proven(among items: [Item], risk: Double, confidence: Double) -> [ThresholdChoice] {
        begin(items.count, risk, confidence).map { walk(items, from: $0, risk, confidence).proven } ?? []
    }

    /// - Returns: the steps that pass, and the first that does not.
    private static func walk(
        _ items: [Item],
        from first: Int,
        _ risk: Double,
        _ confidence: Double
    ) -> (proven: [ThresholdChoice], refuted: ThresholdChoice?) {
        let sorted = items.sorted { $0.score > $1.score }
        var bad = 0
        var proven: [ThresholdChoice] = []
        for (position, item) in sorted.enumerated() {
            bad += item.isBad ? 1 : 0
            let accepted = position + 1
            // Equal scores are accepted together.
            if accepted < sorted.count, sorted[accepted].score == item.score { continue }
            guard accepted >= first else { continue }
            let step = ThresholdChoice(
                threshold: item.score,
                accepted: accepted,
                bad: bad,
                acceptedShare: Double(accepted) / Double(sorted.count)
            )
            guard Binomial.atMost(bad, of: accepted, share: risk) <= 1 - confidence else { return (proven, step) }
            proven.append(step)
        }
        return (proven, nil)
    }

    /// How many must be accepted for `bad` bad ones among them to pass.
    public static func leastAccepted(bad: Int, _ risk: Double, _ confidence: Double) -> Int {
        var (low, high) = (bad, bad + 1)
        func passes(_ accepted: Int) -> Bool { Binomial.atMost(bad, of: accepted, share: risk) <= 1 - confidence }
        while !passes(high) { high *= 2 }
        while high - low > 1 {
            let middle = (low + high) / 2
            if passes(middle) { high = middle } else { low = middle }
        }
        return high
    }

    private static func begin(_ count: Int, _ risk: Double, _ confidence: Double) -> Int? {
        let few = (0...5).map { leastAccepted(bad: $0, risk, confidence) }
        return few.last { $0 <= count / 2 } ?? (few[0] <= count ? few[0] : nil)
    }
}
