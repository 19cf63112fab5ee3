import Foundation

/// Bounds of a share that hold at every moment, from counts alone: how many of how many said yes.
///
/// Robbins' mixture ("Statistical methods related to the law of the iterated logarithm", Ann. Math. Stat. 41, 1970):
/// against a share m bets whoever believes in another one, which is drawn from Beta(1/2, 1/2). After k of n their
/// capital is
///
///     capital(m) = B(k + 1/2, n - k + 1/2) / (B(1/2, 1/2) * m^k * (1 - m)^(n - k))
///
/// If the share is m this never gains on average, so by Ville's inequality it ever reaches 1/error with probability
/// `error` at most. The bounds are the shares between which it has not; it rises on both sides of k/n, so there are
/// two.
///
/// Both bounds together are wrong, at any time ever, with probability `error` at most. Nothing but the counts is
/// needed: the order in which they came, and who looked when, make no difference. So the counts of many gateways are
/// added, and whoever looks next goes on where the last one stopped.
public enum ShareSequence {
    /// The shares that `yes` of `count` do not refute.
    /// - Parameter error: of both bounds together, over all times.
    public static func bounds(_ yes: Int, of count: Int, error: Double) -> ClosedRange<Double> {
        precondition(yes >= 0 && yes <= count, "a count of yes is one of its trials")
        precondition(error > 0 && error < 1, "an error is between 0 and 1")
        guard count > 0 else { return 0...1 }
        let (k, n) = (Double(yes), Double(count))
        let prior = logBeta(0.5, 0.5)
        let evidence = logBeta(k + 0.5, n - k + 0.5) - prior + log(error)
        // Refuted where evidence - log likelihood(m) >= 0.
        func isRefuted(_ share: Double) -> Bool {
            let no = n - k
            let likelihood = (k == 0 ? 0 : k * log(share)) + (no == 0 ? 0 : no * log1p(-share))
            return evidence >= likelihood
        }
        let middle = k / n
        let lower = yes == 0 ? 0 : edge(from: middle, towards: 0, isRefuted)
        let upper = yes == count ? 1 : edge(from: middle, towards: 1, isRefuted)
        return lower...upper
    }

    /// The last share that stands, going from one that does towards one that does not.
    private static func edge(from standing: Double, towards end: Double, _ isRefuted: (Double) -> Bool) -> Double {
        var (stands, falls) = (standing, end)
        for _ in 0..<40 {
            let middle = (stands + falls) / 2
            if isRefuted(middle) { falls = middle } else { stands = middle }
        }
        return falls
    }

    private static func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
}
