import Testing

@testable import Statistics

/// Bounds that hold at every moment: how often they are ever wrong, and how soon they are narrow.
@Suite struct MeanSequenceTests {
    private static let streams = 1000
    private static let length = 400

    @Test(arguments: [0.02, 0.1, 0.5, 0.95])
    func `of a thousand streams at most one of twenty ever leaves a bound`(mean: Double) {
        var dice = Dice(state: UInt64(mean * 1000))
        var everAbove = 0
        var everBelow = 0
        for _ in 0..<Self.streams {
            var sequence = MeanSequence(error: 0.05, cells: 100)
            for _ in 0..<Self.length { sequence.add(dice.says(mean)) }
            // The bounds only ever close in: what was once left stays left.
            if sequence.lower > mean { everAbove += 1 }
            if sequence.upper < mean { everBelow += 1 }
        }
        print("mean \(mean): of \(Self.streams) streams \(everAbove) lower and \(everBelow) upper bounds ever wrong")
        #expect(everAbove <= Self.streams / 20)
        #expect(everBelow <= Self.streams / 20)
    }

    @Test func `values between yes and no, and values that depend on what came before`() {
        var dice = Dice(state: 5)
        var wrong = 0
        for _ in 0..<Self.streams {
            var sequence = MeanSequence(error: 0.05, cells: 100)
            var isWide = false
            for _ in 0..<Self.length {
                // The mean is 0.4 whatever was seen; how far values lie from it is not.
                let value = isWide ? (dice.says(0.4) ? 1 : 0) : 0.3 + 0.2 * dice.share()
                sequence.add(value)
                isWide = value > 0.45
            }
            if sequence.lower > 0.4 || sequence.upper < 0.4 { wrong += 1 }
        }
        #expect(wrong <= Self.streams / 10)
    }

    @Test func `bounds close in`() {
        var dice = Dice(state: 6)
        var sequence = MeanSequence(error: 0.05)
        #expect(sequence.lower == 0 && sequence.upper == 1 && sequence.mean == nil)
        var last = (0.0, 1.0)
        for count in 1...2000 {
            sequence.add(dice.says(0.95))
            #expect(sequence.lower >= last.0 && sequence.upper <= last.1)
            last = (sequence.lower, sequence.upper)
            if count == 300 { #expect(sequence.lower > 0.85) }
        }
        #expect(sequence.lower > 0.92 && sequence.upper < 0.98)
    }

    @Test func `of a thousand pairs of arms at most one of twenty ever leaves a bound of the difference`() {
        var dice = Dice(state: 7)
        var wrong = (lower: 0, upper: 0)
        for _ in 0..<Self.streams {
            var sequence = DifferenceSequence(error: 0.05, cells: 100)
            for _ in 0..<Self.length {
                if dice.says(0.3) {
                    sequence.addFirst(dice.says(0.2) ? 1 : 0)
                } else {
                    sequence.addSecond(dice.says(0.2) ? 1 : 0)
                }
            }
            if sequence.lower > 0 { wrong.lower += 1 }
            if sequence.upper < 0 { wrong.upper += 1 }
        }
        #expect(wrong.lower <= Self.streams / 20 && wrong.upper <= Self.streams / 20)
        var apart = DifferenceSequence(error: 0.05)
        for _ in 0..<1000 {
            apart.addFirst(dice.says(0.4) ? 1 : 0)
            apart.addSecond(dice.says(0.1) ? 1 : 0)
        }
        #expect(apart.lower > 0.15 && apart.upper < 0.45)
    }
}
