/// A quantile of what was measured (p50, p95 of a latency), with bounds that hold whatever the distribution is.
///
/// Of `n` values the one at rank r is at least the q-quantile of what they are drawn from if at most r - 1 of them lie
/// below that, which is a binomial count (David and Nagaraja, "Order Statistics", section 7.1). So the bounds are
/// values that were measured; where there are too few for a bound, there is none.
public struct QuantileBounds: Sendable, Equatable {
    /// Interpolated linearly between the neighbours.
    public let estimate: Double
    /// Each one-sided, at the confidence that was asked for.
    public let lower: Double?
    public let upper: Double?

    /// Nil without a value.
    public init?(_ values: [Double], quantile: Double, confidence: Double) {
        precondition(quantile > 0 && quantile < 1, "a quantile lies between 0 and 1")
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let place = quantile * Double(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        estimate = sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
        // Ranks from 1.
        let upperRank = Self.first(sorted.count) {
            Binomial.atMost($0 - 1, of: sorted.count, share: quantile) >= confidence
        }
        let beyond = Self.first(sorted.count) {
            Binomial.atLeast($0, of: sorted.count, share: quantile) < confidence
        }
        upper = upperRank.map { sorted[$0 - 1] }
        let lowerRank = (beyond ?? sorted.count + 1) - 1
        lower = lowerRank >= 1 ? sorted[lowerRank - 1] : nil
    }

    /// The first rank of 1...count from which on something holds.
    private static func first(_ count: Int, _ holds: (Int) -> Bool) -> Int? {
        var (low, high) = (0, count + 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle }
        }
        return high <= count ? high : nil
    }
}
