import Settings
import Statistics
import Testing

@testable import Training

@Suite struct BarTests {
    private func bar(
        _ items: [MeasuredItem],
        gate: Gate = .from(-1, unscored: false),
        confidence: Double = 0.95,
        small: Bool = false,
        isStale: Bool = false,
        threshold: ThresholdFinding? = nil
    ) -> Bar {
        Bar(
            FiguresTests.figures(items, gate: gate, confidence: confidence),
            require: small ? .small : .accepted,
            isStale: isStale,
            items: "audited inputs",
            threshold: threshold
        )
    }

    private func items(_ count: Int, bad: Int = 0, deferred: Int = 0) -> [MeasuredItem] {
        (0..<count).map { .sample($0, agrees: $0 >= bad) }
            + (0..<deferred).map { .sample(count + $0, score: -2, agrees: false) }
    }

    @Test func `twenty-nine accepted answers that all agree meet it, twenty-eight do not`() {
        #expect(bar(items(29)).isMet)
        let unmet = bar(items(28))
        #expect(unmet.reasons == ["accepted answers agree with large in 100.0 %, for certain only 89.9 %: 28 of 28"])
        #expect(unmet.help == ["about 1 more audited inputs, if the share stays what it is"])
        // The second look has to be surer.
        #expect(!bar(items(45), confidence: Looks.confidence(at: 2)).isMet)
        #expect(bar(items(46), confidence: Looks.confidence(at: 2)).isMet)
    }

    @Test func `what falls back does not count, unless the settings ask it of all small answers`() {
        let items = items(60, deferred: 20)
        #expect(bar(items).isMet)
        let unmet = bar(items, small: true)
        #expect(unmet.reasons.count == 1)
        #expect(unmet.reasons[0].hasPrefix("small's answers agree with large in 75.0 %"))
        #expect(unmet.help[0].contains("will not reach 90 %"))
    }

    @Test func `so many are needed at an observed share`() {
        // CONFIDENCE section 3.
        let table = [(0.92, 593), (0.93, 263), (0.94, 154), (0.95, 89), (0.97, 46)]
        for (share, count) in table {
            let needed = Bar.needed(share: share, confidence: 0.95) ?? 0
            #expect(abs(needed - count) <= count / 12, "\(share): \(needed)")
        }
        #expect(Bar.needed(share: 0.9, confidence: 0.95) == nil)
        // Only half are accepted: twice as many inputs.
        let more = 2 * ((Bar.needed(share: 0.95, confidence: 0.95) ?? 0) - 60)
        let unmet = bar(items(60, bad: 3, deferred: 60))
        #expect(unmet.help == ["about \(more) more audited inputs, if the share stays what it is"])
    }

    @Test func `above 5 % of answers of large that fail its checks nothing goes live`() {
        let invalid = (0..<6).map { MeasuredItem.sample(1000 + $0, agrees: nil) }
        #expect(bar(items(114) + invalid).isMet)
        let unmet = bar(items(113) + invalid)
        #expect(unmet.reasons == ["large failed the checks in 6 of 119 answers (5.0 %), more than 5 %"])
    }

    @Test func `a request has to be cheaper than all-large, where prices are known`() {
        var dear = items(40)
        for index in dear.indices { dear[index].small?.call.cost = 0.01 }
        #expect(bar(dear).reasons.count == 1)
        #expect(bar(dear).reasons[0].hasPrefix("a request would cost 0.01"))
        for index in dear.indices { dear[index].small?.call.cost = nil }
        #expect(bar(dear).isMet)
    }

    @Test func `no more may be left to large than by the version in service`() {
        func compared(worse: Int, better: Int) -> Bar {
            var items = items(200, deferred: worse)
            for index in items.indices { items[index].incumbentDefers = index < better }
            return bar(items)
        }
        #expect(compared(worse: 0, better: 20).isMet)
        #expect(compared(worse: 2, better: 40).isMet)
        let equal = compared(worse: 10, better: 10)
        #expect(equal.reasons.count == 1)
        #expect(
            equal.reasons[0].hasPrefix("not shown to leave no more to large than the version in service: +0.0 points")
        )
        // One item fewer is no proof.
        #expect(!compared(worse: 0, better: 1).isMet)
        #expect(compared(worse: 0, better: 1).help[0].contains("more inputs"))
    }

    @Test func `a version of another contract does not go live`() {
        #expect(bar(items(100), isStale: true).reasons.count == 1)
    }

    @Test func `nothing accepted says what is missing for a threshold`() {
        let few = ThresholdFinding([], heldOut: 100, confidence: 0.95)
        let unmet = bar(items(50), gate: .closed, threshold: few)
        #expect(unmet.reasons.first == "no threshold can be proven on so few inputs, so nothing is accepted")
        #expect(unmet.help.first == "29 inputs to choose on at the least, beside those to measure with")
    }

    @Test func `a share below the bar never reads as if it reached it`() {
        #expect(0.8999.percent == "89.9 %")
        #expect(0.9.percent == "90.0 %")
        #expect(0.931.percent == "93.1 %")
        #expect(0.00042.dollarsEach == "0.00042 USD")
        #expect(1.5.dollarsEach == "1.50 USD")
    }
}
