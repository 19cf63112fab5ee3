// `threshold: auto`: the threshold of a version, chosen on inputs that are neither trained on nor measured with.
//
// Learn Then Test says which thresholds keep the share of bad answers among the accepted below one in ten, all of them
// together (`ThresholdChoice.proven`). The loosest of these would miss the bar on the holdout half the time: there it
// is a lower bound again, of a sample of its own. So the loosest is taken that will pass it, too, with a probability of
// nine in ten, as far as the inputs of the choice say. How many inputs the holdout has goes into that, and nothing else
// about it.

public import Statistics

public struct ThresholdFinding: Sendable, Equatable {
    public enum Result: Sendable, Equatable {
        case chosen(ThresholdChoice)
        /// So many inputs with an answer that passes the checks are needed at the least.
        case tooFew(needed: Int)
        case notProven(accepted: Int, bad: Int)
    }

    public let result: Result
    /// Inputs it was chosen on, those whose answer fails the checks or has no score included.
    public let count: Int
    /// Of the bar, on the holdout; nil: nothing was chosen.
    public let chance: Double?

    /// The share of bad answers among the accepted that is allowed: the bar's other side.
    public static let risk = 1 - Bar.least
    /// Of passing the bar.
    static let wantedChance = 0.9

    /// - Parameters:
    ///   - items: with a reference each; others say nothing.
    ///   - heldOut: how many inputs the holdout has.
    ///   - confidence: of the bar's bound there.
    public init(_ items: [MeasuredItem], heldOut: Int, confidence: Double) {
        let known = items.filter { $0.agreesWithLarge != nil }
        let scored = known.compactMap { item -> ThresholdChoice.Item? in
            guard let small = item.small, small.passes, let score = small.score else { return nil }
            return ThresholdChoice.Item(score: score, isBad: item.agreesWithLarge == false)
        }
        count = known.count
        let proven = ThresholdChoice.proven(among: scored, risk: Self.risk, confidence: 0.95)
        let chances = proven.map { step in
            let share = Double(step.accepted) / Double(max(1, known.count))
            return Self.chance(step, accepted: Int(share * Double(heldOut)), confidence)
        }
        let place = chances.lastIndex { $0 >= Self.wantedChance } ?? chances.indices.max { chances[$0] < chances[$1] }
        if let place {
            result = .chosen(proven[place])
            chance = chances[place]
            return
        }
        chance = nil
        switch ThresholdChoice.choose(among: scored, risk: Self.risk, confidence: 0.95) {
        case .tooFew(let needed): result = .tooFew(needed: needed)
        case .notProven(let accepted, let bad): result = .notProven(accepted: accepted, bad: bad)
        case .chosen(let choice): result = .chosen(choice)
        }
    }

    public var choice: ThresholdChoice? { if case .chosen(let choice) = result { choice } else { nil } }

    /// Of passing the bar with so many accepted, if what is bad among them is as many as here, and one more.
    private static func chance(_ step: ThresholdChoice, accepted: Int, _ confidence: Double) -> Double {
        guard let most = mostBad(of: accepted, confidence) else { return 0 }
        return Binomial.atMost(most, of: accepted, share: Double(step.bad + 1) / Double(step.accepted + 2))
    }

    /// How many bad ones the bar allows; nil: it cannot be passed with so few.
    private static func mostBad(of accepted: Int, _ confidence: Double) -> Int? {
        func passes(_ bad: Int) -> Bool { Binomial.atMost(bad, of: accepted, share: risk) <= 1 - confidence }
        guard accepted > 0, passes(0) else { return nil }
        var (low, high) = (0, accepted)
        while high - low > 1 {
            let middle = (low + high) / 2
            if passes(middle) { low = middle } else { high = middle }
        }
        return low
    }
}
