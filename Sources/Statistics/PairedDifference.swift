/// The same inputs, two yes-or-no outcomes each: how far apart are the two shares of yes?
///
/// Only the inputs on which the two differ say anything: `onlyFirst` and `onlySecond` of `count`. The difference of the
/// shares is the difference of theirs. Its bounds are those of Clopper and Pearson for each, at half the error
/// (Bonferroni): wrong with probability `1 - confidence` at most, whatever the truth, if a little wide.
/// ``firstIsHigher`` is the exact test of McNemar ("Note on the sampling error of the difference between correlated
/// proportions", Psychometrika 12, 1947).
public struct PairedDifference: Sendable, Equatable {
    public let onlyFirst: Int
    public let onlySecond: Int
    public let count: Int

    public init(onlyFirst: Int, onlySecond: Int, of count: Int) {
        precondition(onlyFirst >= 0 && onlySecond >= 0 && onlyFirst + onlySecond <= count, "pairs differ one way only")
        self.onlyFirst = onlyFirst
        self.onlySecond = onlySecond
        self.count = count
    }

    /// - Parameter pairs: of each input, what the first and what the second said.
    public init(_ pairs: some Collection<(first: Bool, second: Bool)>) {
        self.init(
            onlyFirst: pairs.count { $0.first && !$0.second },
            onlySecond: pairs.count { !$0.first && $0.second },
            of: pairs.count
        )
    }

    /// Share of the first less share of the second.
    public var estimate: Double { count == 0 ? 0 : Double(onlyFirst - onlySecond) / Double(count) }

    public func upperBound(confidence: Double) -> Double {
        let each = 1 - (1 - confidence) / 2
        return Binomial.upperBound(onlyFirst, of: count, confidence: each)
            - Binomial.lowerBound(onlySecond, of: count, confidence: each)
    }

    public func lowerBound(confidence: Double) -> Double {
        -PairedDifference(onlyFirst: onlySecond, onlySecond: onlyFirst, of: count).upperBound(confidence: confidence)
    }

    /// The probability to see so many pairs, or more, speak for the first if neither share is higher.
    public var firstIsHigher: Double {
        Binomial.atLeast(onlyFirst, of: onlyFirst + onlySecond, share: 0.5)
    }
}
