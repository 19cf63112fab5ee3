// When a new small model has proven itself beside the one in service, and when it has not. Pure: counts in, a decision
// out.
//
// Questions are drawn into arms by a hash, so both arms see the same kind of question at the same time, and each has a
// cache of its own that began empty. Compared are
//
//   accepted agreement   of the challenger's accepted answers, audited at random, those that large gives too: against the bar
//   fallbacks            how much more often than the control's its answers are not taken: at most one point
//   errors               how much more often there is none at all: at most one point
//   times                its 95th percentile against the control's: at most one and a half times
//
//   up     the first has its lower bound at the bar, the second its upper bound at one point
//   back   the first has its upper bound below the bar, or one of the others its lower bound above its limit
//   wait   otherwise
//
// All bounds hold at every moment (`ShareSequence`), so it may be asked as often as there are new counts. The errors of
// all of them add up to 5 % over the whole trial: a quarter for each line. The first two look at all counts of the
// trial, since arms are of equal size at every step; errors and times may come with the load, so each step begins anew,
// and its share of the quarter is divided by the number of steps. What has been proven lets a step pass only after that
// step has seen something: `leastOfStep` questions in each arm.

/// Decides about a trial.
public struct CanaryJudge: Sendable {
    /// Of all wrong decisions together.
    public static let error = 0.05
    public static let leastOfStep = 100
    /// Points of fallback share, and of error share, that the challenger may have more.
    public static let margin = 0.01
    /// The share of answers that may be slower than the percentile that is compared.
    public static let slow = 0.05

    /// What accepted agreement has to reach.
    public let bar: Double
    public let steps: Int

    public init(bar: Double = 0.9, steps: Int) {
        precondition(steps >= 1, "a trial has a step")
        self.bar = bar
        self.steps = steps
    }

    /// Counts of both arms.
    public struct Arms: Sendable, Equatable {
        public var challenger = ArmSums()
        public var control = ArmSums()

        public init() {}

        public static func += (a: inout Arms, b: Arms) {
            a.challenger += b.challenger
            a.control += b.control
        }
    }

    public enum Decision: Sendable, Equatable {
        case wait
        case stepUp
        case rollBack(Cause)
    }

    public enum Cause: String, Sendable {
        case agreement, fallbacks, errors, times
    }

    /// What is known by now, and what follows.
    public struct Finding: Sendable, Equatable {
        public var decision: Decision
        /// Of the challenger's accepted answers.
        public var agreement: ClosedRange<Double>
        /// The challenger's share less the control's.
        public var fallbacks: ClosedRange<Double>
        public var errors: ClosedRange<Double>
        /// Audits can say nothing more that would change the decision.
        public var isAgreementProven: Bool
    }

    /// - Parameters:
    ///   - trial: all counts since the trial began.
    ///   - step: those since this step began.
    public func judge(trial: Arms, step: Arms) -> Finding {
        let each = Self.error / 4
        let ofStep = each / Double(steps)
        let agreement = ShareSequence.bounds(trial.challenger.agreed, of: trial.challenger.audited, error: each)
        let fallbacks = difference(trial, \.fallbacks, error: each)
        let errors = difference(step, \.errors, error: ofStep)
        let isProven = agreement.lowerBound >= bar
        return Finding(
            decision: decision(agreement, fallbacks, errors, isSlow: isSlow(step, error: ofStep), step),
            agreement: agreement,
            fallbacks: fallbacks,
            errors: errors,
            isAgreementProven: isProven
        )
    }

    private func decision(
        _ agreement: ClosedRange<Double>,
        _ fallbacks: ClosedRange<Double>,
        _ errors: ClosedRange<Double>,
        isSlow: Bool,
        _ step: Arms
    ) -> Decision {
        if agreement.upperBound < bar { return .rollBack(.agreement) }
        if fallbacks.lowerBound > Self.margin { return .rollBack(.fallbacks) }
        if errors.lowerBound > Self.margin { return .rollBack(.errors) }
        if isSlow { return .rollBack(.times) }
        let least = min(step.challenger.asked, step.control.asked)
        guard agreement.lowerBound >= bar, fallbacks.upperBound <= Self.margin, least >= Self.leastOfStep else {
            return .wait
        }
        return .stepUp
    }

    /// The challenger's share less the control's: each arm's bounds at half the error.
    private func difference(_ arms: Arms, _ count: KeyPath<ArmSums, Int>, error: Double) -> ClosedRange<Double> {
        let one = bounds(arms.challenger, count, error / 2)
        let other = bounds(arms.control, count, error / 2)
        return (one.lowerBound - other.upperBound)...(one.upperBound - other.lowerBound)
    }

    private func bounds(_ arm: ArmSums, _ count: KeyPath<ArmSums, Int>, _ error: Double) -> ClosedRange<Double> {
        ShareSequence.bounds(arm[keyPath: count], of: arm.asked, error: error)
    }

    /// Whether for some time t at most one of twenty of the control's answers is proven to be slower than t, and more
    /// than one of twenty of the challenger's to be slower than 1.5 t. Of all t only the one next to the true
    /// percentile can mislead: where a bound is wrong for another, it is wrong for that one too. So the number of
    /// classes costs nothing.
    private func isSlow(_ arms: Arms, error: Double) -> Bool {
        let (control, challenger) = (arms.control, arms.challenger)
        guard control.asked > 0, challenger.asked > 0 else { return false }
        // Slower than the end of the class at hand, and, of the challenger's, than that of the next.
        var (usual, new) = (control.asked, challenger.asked - challenger.times[0])
        for index in 0..<ArmSums.milliseconds.count - 1 {
            usual -= control.times[index]
            new -= challenger.times[index + 1]
            // Spares most of the classes the bounds.
            if Double(new) <= Self.slow * Double(challenger.asked) { return false }
            if Double(usual) <= Self.slow * Double(control.asked),
                ShareSequence.bounds(usual, of: control.asked, error: error / 2).upperBound <= Self.slow,
                ShareSequence.bounds(new, of: challenger.asked, error: error / 2).lowerBound > Self.slow
            {
                return true
            }
        }
        return false
    }
}
