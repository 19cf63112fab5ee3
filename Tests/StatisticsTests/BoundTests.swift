import Foundation
import Testing

@testable import Statistics

/// Bounds of shares and quantiles, and the choice of a threshold: known values, and how often they are wrong.
@Suite struct BoundTests {
    @Test func `bounds of a share are those of CONFIDENCE`() {
        // Observed 0.92 of 593, 0.93 of 263, 0.95 of 89: just enough for a lower bound of 0.90.
        for (good, count) in [(546, 593), (245, 263), (85, 89)] {
            #expect(Binomial.lowerBound(good, of: count, confidence: 0.95) >= 0.9)
            #expect(Binomial.lowerBound(good - 1, of: count, confidence: 0.95) < 0.9)
        }
        #expect(abs(Binomial.lowerBound(29, of: 29, confidence: 0.95) - 0.9019) < 1e-4)
        #expect(Binomial.lowerBound(0, of: 5, confidence: 0.95) == 0)
        #expect(Binomial.upperBound(5, of: 5, confidence: 0.95) == 1)
        #expect(Binomial.lowerBound(0, of: 0, confidence: 0.95) == 0)
        #expect(Binomial.upperBound(0, of: 0, confidence: 0.95) == 1)
        // Of 0 of n the upper bound has a closed form.
        #expect(abs(Binomial.upperBound(0, of: 100, confidence: 0.95) - (1 - pow(0.05, 1.0 / 100))) < 1e-12)
    }

    @Test func `looks share one error`() {
        #expect(Looks.confidence(at: 1) == 0.975)
        let spent = (1...100_000).reduce(0) { $0 + 1 - Looks.confidence(at: $1) }
        #expect(spent <= 0.05 && spent > 0.0499)
    }

    @Test func `so many must be accepted as CONFIDENCE says`() {
        let table = [
            0.10: [29, 46, 61, 76], 0.05: [59, 93, 124, 153], 0.02: [149, 236, 313, 386], 0.01: [299, 473, 628, 773],
        ]
        for (risk, counts) in table {
            for (bad, count) in counts.enumerated() {
                #expect(ThresholdChoice.leastAccepted(bad: bad, risk, 0.95) == count, "\(risk), \(bad)")
            }
        }
    }

    @Test func `a threshold is chosen where the accepted are good enough`() {
        // The surer half is right, of the rest every third is wrong.
        let items = (0..<400).map { ThresholdChoice.Item(score: -Double($0), isBad: $0 >= 200 && $0 % 3 == 0) }
        guard case .chosen(let choice) = ThresholdChoice.choose(among: items, risk: 0.1, confidence: 0.95) else {
            Issue.record("no threshold")
            return
        }
        #expect(Binomial.upperBound(choice.bad, of: choice.accepted, confidence: 0.95) <= 0.1)
        #expect((220..<260).contains(choice.accepted))
        #expect(choice.threshold == -Double(choice.accepted - 1))
        #expect(
            ThresholdChoice.choose(among: Array(items.prefix(28)), risk: 0.1, confidence: 0.95) == .tooFew(needed: 29)
        )
        let bad = items.map { ThresholdChoice.Item(score: $0.score, isBad: true) }
        #expect(ThresholdChoice.choose(among: bad, risk: 0.1, confidence: 0.95) == .notProven(accepted: 103, bad: 103))
        // Equal scores are accepted together or not at all.
        let level = items.map { ThresholdChoice.Item(score: 1, isBad: $0.isBad) }
        #expect(ThresholdChoice.choose(among: level, risk: 0.1, confidence: 0.95) == .notProven(accepted: 400, bad: 67))
    }

    @Test func `a chosen threshold accepts too much that is bad in one of twenty experiments at most`() {
        var dice = Dice(state: 1)
        var wrong = 0
        var chosen = 0
        let experiments = 1000
        for _ in 0..<experiments {
            // The lower the score, the likelier it is bad: at a score of s with probability (1 - s) / 4.
            let items = (0..<400).map { _ in
                let score = dice.share()
                return ThresholdChoice.Item(score: score, isBad: dice.says((1 - score) / 4))
            }
            guard case .chosen(let choice) = ThresholdChoice.choose(among: items, risk: 0.1, confidence: 0.95) else {
                continue
            }
            chosen += 1
            // Above a threshold t the mean of (1 - s)/4 is (1 - t)/8.
            if (1 - choice.threshold) / 8 > 0.1 { wrong += 1 }
        }
        print("thresholds: \(chosen) of \(experiments) chosen, \(wrong) too loose")
        #expect(chosen > experiments / 2)
        #expect(wrong <= experiments * 5 / 100)
    }

    @Test func `the difference of two shares is bounded in nineteen of twenty experiments`() {
        var dice = Dice(state: 2)
        var tooLow = 0
        var tooHigh = 0
        for _ in 0..<1000 {
            let pairs = (0..<200).map { _ in
                let first = dice.says(0.3)
                return (first: first, second: dice.says(0.8) ? first : dice.says(0.5))
            }
            // First: 0.3; second: 0.8 * 0.3 + 0.2 * 0.5.
            let truth = 0.3 - 0.34
            let difference = PairedDifference(pairs)
            if difference.upperBound(confidence: 0.95) < truth { tooLow += 1 }
            if difference.lowerBound(confidence: 0.95) > truth { tooHigh += 1 }
        }
        #expect(tooLow <= 50 && tooHigh <= 50)
        let better = PairedDifference(onlyFirst: 2, onlySecond: 20, of: 300)
        #expect(better.upperBound(confidence: 0.95) < 0 && better.firstIsHigher > 0.99)
        #expect(PairedDifference(onlyFirst: 0, onlySecond: 0, of: 0).upperBound(confidence: 0.95) == 1)
    }

    @Test func `a quantile is bounded by what was measured`() throws {
        let values = (1...100).map(Double.init).shuffled()
        let bounds = try #require(QuantileBounds(values, quantile: 0.5, confidence: 0.95))
        #expect(bounds.estimate == 50.5)
        // David and Nagaraja: ranks 42 and 59.
        #expect(bounds.lower == 42 && bounds.upper == 59)
        let few = try #require(QuantileBounds([3, 1, 2], quantile: 0.95, confidence: 0.95))
        #expect(few.upper == nil && few.lower == 2)
        #expect(QuantileBounds([], quantile: 0.5, confidence: 0.95) == nil)
    }
}
