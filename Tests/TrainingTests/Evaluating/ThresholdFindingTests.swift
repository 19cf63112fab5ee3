import Statistics
import Testing

@testable import Training

@Suite struct ThresholdFindingTests {
    /// Whether an answer of this score is right: the surer, the likelier; 0.7 + 0.3 s for s in 0...1.
    private func items(_ count: Int, _ draws: inout Draws, from start: Int = 0) -> [MeasuredItem] {
        (0..<count).map { number in
            let score = draws.next()
            return .sample(start + number, score: score, agrees: draws.next() < 0.7 + 0.3 * score)
        }
    }

    /// Of the answers from a score on: the mean of 0.7 + 0.3 s.
    private func truth(from threshold: Double) -> Double { 0.7 + 0.3 * (1 + threshold) / 2 }

    @Test func `what fails the checks or has no reference is never chosen on`() {
        let good = (0..<60).map { MeasuredItem.sample($0, score: -0.1) }
        let failing = (60..<120).map { MeasuredItem.sample($0, score: -0.05, passes: false, agrees: false) }
        let unheld = (120..<180).map { MeasuredItem.sample($0, score: -0.01, agrees: nil) }
        let finding = ThresholdFinding(good + failing + unheld, heldOut: 120, confidence: 0.95)
        #expect(finding.choice?.threshold == -0.1)
        #expect(finding.choice?.accepted == 60)
        #expect(finding.count == 120)
    }

    @Test func `it says what is missing`() {
        let few = (0..<28).map { MeasuredItem.sample($0) }
        #expect(ThresholdFinding(few, heldOut: 100, confidence: 0.95).result == .tooFew(needed: 29))
        let bad = (0..<200).map { MeasuredItem.sample($0, score: -Double($0), agrees: false) }
        guard case .notProven = ThresholdFinding(bad, heldOut: 100, confidence: 0.95).result else {
            Issue.record("a threshold was proven on wrong answers")
            return
        }
    }

    @Test func `it is stricter where the holdout is to prove it once more with few`() throws {
        var draws = Draws(7)
        let items = items(1000, &draws)
        let many = try #require(ThresholdFinding(items, heldOut: 1000, confidence: 0.95).choice)
        let few = try #require(ThresholdFinding(items, heldOut: 300, confidence: 0.95).choice)
        let surer = try #require(ThresholdFinding(items, heldOut: 1000, confidence: 0.9999).choice)
        #expect(few.threshold > many.threshold)
        #expect(surer.threshold > many.threshold)
    }

    @Test
    func `the accepted lower bound is too high, and the bar met without reason, in one of twenty evaluations at most`()
    {
        var draws = Draws(11)
        let runs = 200
        var tooHigh = 0
        var chosen = 0
        for _ in 0..<runs {
            let finding = ThresholdFinding(items(400, &draws), heldOut: 200, confidence: 0.95)
            guard let threshold = finding.choice?.threshold else { continue }
            chosen += 1
            let holdout = items(200, &draws, from: 1000)
            let accepted = FiguresTests.figures(holdout, gate: .from(threshold, unscored: false)).accepted
            if accepted.lower > truth(from: threshold) { tooHigh += 1 }
        }
        print("accepted lower bound: \(chosen) thresholds chosen in \(runs) evaluations, \(tooHigh) bounds too high")
        #expect(chosen > runs / 3)
        #expect(tooHigh <= chosen * 5 / 100)
        // A model just at the bar, whatever the score: it may not pass more often than that either.
        var met = 0
        for _ in 0..<400 {
            let agreeing = (0..<200).count { _ in draws.next() < 0.9 }
            if MeasuredShare(agreeing, of: 200, confidence: 0.95).lower > 0.9 { met += 1 }
        }
        #expect(met <= 20)
    }
}
