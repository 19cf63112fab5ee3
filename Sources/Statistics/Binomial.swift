/// Counts of yes and no, exactly: tails of the binomial distribution, and the bounds of a share by Clopper and Pearson
/// ("The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26, 1934).
///
/// One-sided: a bound at confidence 0.95 is wrong in at most one of twenty experiments, whatever the true share is.
public enum Binomial {
    /// The probability of at most `count` of `trials` when each says yes with probability `share`.
    public static func atMost(_ count: Int, of trials: Int, share: Double) -> Double {
        if count < 0 { return 0 }
        if count >= trials { return 1 }
        return IncompleteBeta.regularised(1 - share, Double(trials - count), Double(count + 1))
    }

    /// The probability of at least `count` of `trials`.
    public static func atLeast(_ count: Int, of trials: Int, share: Double) -> Double {
        if count <= 0 { return 1 }
        if count > trials { return 0 }
        return IncompleteBeta.regularised(share, Double(count), Double(trials - count + 1))
    }

    /// The share is at least this: the greatest at which so many would be seen with probability `1 - confidence` only.
    public static func lowerBound(_ count: Int, of trials: Int, confidence: Double) -> Double {
        precondition(count >= 0 && count <= trials, "a count of yes is one of its trials")
        if count == 0 { return 0 }
        return solve { atLeast(count, of: trials, share: $0) > 1 - confidence }
    }

    /// The share is at most this.
    public static func upperBound(_ count: Int, of trials: Int, confidence: Double) -> Double {
        precondition(count >= 0 && count <= trials, "a count of yes is one of its trials")
        if count == trials { return 1 }
        return solve { atMost(count, of: trials, share: $0) <= 1 - confidence }
    }

    /// Where a statement about shares turns from false to true, to the last bit.
    private static func solve(_ holds: (Double) -> Bool) -> Double {
        var (low, high) = (0.0, 1.0)
        while true {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { return middle }
            if holds(middle) { high = middle } else { low = middle }
        }
    }
}

/// How sure an evaluation must be that is not the first over its items.
public enum Looks {
    /// At the `look`th look, from 1: 1 - 0.05/(k(k+1)). Over all looks there ever may be the errors add up to 5 %,
    /// since the sum of 1/(k(k+1)) is 1.
    public static func confidence(at look: Int) -> Double {
        precondition(look >= 1, "looks are counted from 1")
        return 1 - 0.05 / (Double(look) * Double(look + 1))
    }
}
