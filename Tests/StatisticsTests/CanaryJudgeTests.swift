import Foundation
import Testing

@testable import Statistics

/// How often a trial is decided wrongly, and how soon a bad model is out.
@Suite struct CanaryJudgeTests {
    /// A model as a trial sees it.
    private struct Model {
        var agreement = 0.95
        var fallbacks = 0.05
        var errors = 0.001
        /// Of its answers, those in the class of slow ones.
        var slow = 0.03
        var usual = 10
        var slowClass = 14
    }

    private enum End: Equatable {
        case promoted, rolledBack(CanaryJudge.Cause), notProven
    }

    /// How many of `count` say yes; by jumps from one yes to the next, so that rare ones cost little.
    private static func draw(_ count: Int, _ share: Double, _ dice: inout Dice) -> Int {
        guard share > 0 else { return 0 }
        var (position, found) = (0, 0)
        while true {
            let jump = log(1 - dice.share()) / log(1 - share)
            guard jump < Double(count - position) else { return found }
            position += Int(jump) + 1
            if position > count { return found }
            found += 1
        }
    }

    private static func add(_ count: Int, of model: Model, audits: Double, to arm: inout ArmSums, _ dice: inout Dice) {
        arm.asked += count
        let fallbacks = draw(count, model.fallbacks, &dice)
        arm.fallbacks += fallbacks
        arm.errors += draw(count, model.errors, &dice)
        let slow = draw(count, model.slow, &dice)
        arm.times[model.slowClass] += slow
        arm.times[model.usual] += count - slow
        let audited = Int(Double(count - fallbacks) * audits)
        arm.audited += audited
        arm.agreed += audited - draw(audited, 1 - model.agreement, &dice)
    }

    /// One trial: looked at more and more seldom, as the counts grow. `limit`: questions of an arm before it is not
    /// proven.
    private static func trial(
        _ challenger: Model,
        _ control: Model,
        limit: Int,
        _ dice: inout Dice
    ) -> (end: End, asked: Int) {
        let judge = CanaryJudge(steps: 4)
        var trial = CanaryJudge.Arms()
        var step = CanaryJudge.Arms()
        var number = 0
        while trial.challenger.asked < limit {
            let count = max(20, trial.challenger.asked / 8)
            var more = CanaryJudge.Arms()
            add(count, of: challenger, audits: 0.3, to: &more.challenger, &dice)
            add(count, of: control, audits: 0.3, to: &more.control, &dice)
            trial += more
            step += more
            switch judge.judge(trial: trial, step: step).decision {
            case .wait: break
            case .rollBack(let cause): return (.rolledBack(cause), trial.challenger.asked)
            case .stepUp:
                number += 1
                step = CanaryJudge.Arms()
                if number == judge.steps { return (.promoted, trial.challenger.asked) }
            }
        }
        return (.notProven, trial.challenger.asked)
    }

    @Test(arguments: [0.02, 0.1])
    func `of a thousand trials of equal models at most one of twenty is decided wrongly`(fallbacks: Double) {
        var dice = Dice(state: UInt64(fallbacks * 1000))
        var model = Model()
        model.fallbacks = fallbacks
        var wrong = 0
        var promoted: [Int] = []
        for _ in 0..<1000 {
            let (end, asked) = Self.trial(model, model, limit: 60_000, &dice)
            switch end {
            case .rolledBack: wrong += 1
            case .promoted: promoted.append(asked)
            case .notProven: break
            }
        }
        promoted.sort()
        print(
            "equal models, \(fallbacks) fall back: of 1000 trials \(wrong) decided wrongly, \(promoted.count) promoted"
                + (promoted.isEmpty ? "" : ", half of them by \(promoted[promoted.count / 2]) questions of each arm")
        )
        #expect(wrong <= 50)
        // Where few fall back, a point more is soon told apart.
        if fallbacks <= 0.02 { #expect(promoted.count > 950) }
    }

    @Test func `of a thousand models that are just not good enough at most one of twenty is promoted`() {
        var dice = Dice(state: 3)
        var (unlike, unsure) = (Model(), Model())
        unlike.agreement = 0.8999
        unsure.fallbacks = 0.0601
        for bad in [unlike, unsure] {
            var promoted = 0
            for _ in 0..<500 where Self.trial(bad, Model(), limit: 60_000, &dice).end == .promoted { promoted += 1 }
            #expect(promoted <= 25)
        }
    }

    @Test func `a bad model is out within a few hundred questions`() {
        var dice = Dice(state: 4)
        var (shuffled, unsure, broken, slow) = (Model(), Model(), Model(), Model())
        shuffled.agreement = 0.5
        unsure.fallbacks = 0.4
        broken.errors = 0.2
        slow.slowClass = 18
        slow.slow = 0.3
        let cases: [(Model, CanaryJudge.Cause, Int)] = [
            (shuffled, .agreement, 300), (unsure, .fallbacks, 300), (broken, .errors, 300), (slow, .times, 600),
        ]
        for (bad, cause, most) in cases {
            var worst = 0
            for _ in 0..<200 {
                let (end, asked) = Self.trial(bad, Model(), limit: 60_000, &dice)
                #expect(end == .rolledBack(cause))
                worst = max(worst, asked)
            }
            print("\(cause): of 200 bad models the last was out after \(worst) questions")
            #expect(worst <= most)
        }
    }

    @Test func `nothing counted decides nothing`() {
        let finding = CanaryJudge(steps: 1).judge(trial: CanaryJudge.Arms(), step: CanaryJudge.Arms())
        #expect(finding.decision == .wait)
        #expect(finding.agreement == 0...1)
        #expect(finding.fallbacks == -1...1)
    }

    @Test(arguments: [0.02, 0.2, 0.5, 0.95])
    func `of two thousand streams at most one of twenty ever leaves the bounds of a share`(share: Double) {
        var dice = Dice(state: UInt64(share * 100))
        var wrong = 0
        for _ in 0..<2000 {
            var yes = 0
            for count in 1...300 {
                if dice.says(share) { yes += 1 }
                if count % 3 == 0, !ShareSequence.bounds(yes, of: count, error: 0.05).contains(share) {
                    wrong += 1
                    break
                }
            }
        }
        #expect(wrong <= 100)
        #expect(ShareSequence.bounds(950, of: 1000, error: 0.05).lowerBound > 0.92)
        #expect(ShareSequence.bounds(0, of: 1000, error: 0.05).upperBound < 0.01)
        #expect(ShareSequence.bounds(0, of: 0, error: 0.05) == 0...1)
    }
}
