import Digest
import Settings
import Statistics
import Testing

@testable import Training

/// A holdout small enough to be counted by hand.
///
///     item   score    checks   agrees with large      at a threshold of -1
///     0      -0.1     pass     yes                    accepted
///     1      -0.2     pass     yes                    accepted
///     2      -0.3     pass     no                     accepted
///     3      -0.4     pass     yes                    accepted; large said something else the second time
///     4      -2.0     pass     no                     left to large
///     5      -3.0     pass     yes                    left to large
///     6      -0.1     fail     no                     left to large
///     7      no answer                                left to large
///     8      -0.5     pass     large is no reference  accepted
///     9      -0.6     pass     yes                    accepted
@Suite struct FiguresTests {
    static var items: [MeasuredItem] {
        var items: [MeasuredItem] = [
            .sample(0, score: -0.1), .sample(1, score: -0.2), .sample(2, score: -0.3, agrees: false),
            .sample(3, score: -0.4, withItself: false), .sample(4, score: -2, agrees: false),
            .sample(5, score: -3), .sample(6, passes: false, agrees: false), .sample(7, agrees: false),
            .sample(8, score: -0.5, agrees: nil), .sample(9, score: -0.6),
        ]
        items[7].small = nil
        return items
    }

    static func figures(
        _ items: [MeasuredItem] = Self.items,
        gate: Gate = .from(-1, unscored: false),
        confidence: Double = 0.95,
        prices: PriceList = PriceList(),
        audit: Double = 0,
        byLabel: ((String) -> String)? = nil
    ) -> Figures {
        Figures(
            items,
            gate: gate,
            confidence: confidence,
            prices: prices,
            audit: audit,
            byLabel: byLabel
        )
    }

    private static func counts(_ share: MeasuredShare) -> [Int] { [share.count, share.of] }

    @Test func `each share counts what it says`() {
        let figures = Self.figures()
        #expect(Self.counts(figures.smallAgainstLarge) == [5, 9])
        #expect(Self.counts(figures.accepted) == [4, 5])
        // Four accepted that agree, and four that large answers itself.
        #expect(Self.counts(figures.served) == [8, 9])
        #expect(Self.counts(figures.fallback) == [4, 10])
        #expect(Self.counts(figures.largeInvalid) == [1, 10])
        #expect(Self.counts(figures.largeAgainstItself) == [8, 9])
        #expect(Self.counts(figures.smallAgainstReviewed) == [0, 0])
        #expect(figures.smallAgainstReviewed.share == nil)
        #expect(figures.reference == .large)
        #expect(figures.labels == nil)
        #expect(figures.againstInService == nil)
    }

    @Test func `a bound is where so many would be seen in one of twenty experiments`() {
        // Of five, at least four: 5 p^4 (1 - p) + p^5.
        let low = Self.figures().accepted.lower
        #expect(abs(5 * low * low * low * low - 4 * low * low * low * low * low - 0.05) < 1e-12)
        // Of 29, all: p^29.
        let all = MeasuredShare(29, of: 29, confidence: 0.95).lower
        #expect(abs(all - 0.901855) < 1e-6)
        // The second look is surer.
        #expect(Self.figures(confidence: Looks.confidence(at: 2)).accepted.lower < low)
    }

    @Test func `without a threshold that is proven nothing is accepted, without confidence what passes is`() {
        let closed = Self.figures(gate: .closed)
        #expect(Self.counts(closed.accepted) == [0, 0])
        #expect(Self.counts(closed.fallback) == [10, 10])
        #expect(Self.counts(closed.served) == [9, 9])
        let open = Self.figures(gate: .open)
        // All but those that fail the checks or have no answer: of the eight one has no reference.
        #expect(Self.counts(open.accepted) == [5, 7])
        #expect(Self.counts(open.fallback) == [2, 10])
    }

    @Test func `an answer without a score is accepted only where the settings say so`() {
        let items = [MeasuredItem.sample(0, score: nil)]
        #expect(Self.counts(Self.figures(items, gate: .from(-1, unscored: false)).fallback) == [1, 1])
        #expect(Self.counts(Self.figures(items, gate: .from(-1, unscored: true)).fallback) == [0, 1])
    }

    @Test func `prices are those of billed tokens, with fallbacks and audits`() throws {
        let list = try PriceList(small: evaluationRoute().small?.price, large: evaluationRoute().large.price)
        let price = try #require(Self.figures(prices: list).price)
        #expect(price.count == 10)
        // Nine answers of small, since what the provider refused was not billed.
        #expect(abs(price.small - 0.0009) < 1e-12)
        #expect(abs(price.large - 0.01) < 1e-12)
        // Four of ten fall back.
        #expect(abs(price.served - 0.0049) < 1e-12)
        #expect(abs(try #require(price.call) - 0.01 / 0.0009) < 1e-9)
        #expect(abs(try #require(price.effective) - 0.01 / 0.0049) < 1e-9)
        #expect(try #require(price.effectiveLower) < 0.01 / 0.0049)
        // 90 and 10 tokens: 10 and 30 dollars a million at large, 1 and 1 at small.
        #expect(abs(try #require(price.base) - 12) < 1e-9)
        // A tenth of the six that do not fall back are audited.
        #expect(abs(try #require(Self.figures(audit: 0.1).price).served - 0.0055) < 1e-12)
    }

    @Test func `without a cost there is no price`() {
        var items = Self.items
        for index in items.indices { items[index].large?.cost = nil }
        #expect(Self.figures(items).price == nil)
    }

    @Test func `latency is that of both models, and of small before large where it falls back`() throws {
        let latency = try #require(Self.figures().latency)
        #expect(latency.count == 9)
        #expect(latency.p50.ratio == 4.5)
        #expect(latency.p50.ratioLower == 4.5)
        #expect(latency.p50.served.estimate == 100)
        #expect(latency.p95.served.estimate == 550)
        // Nine are too few to say how high the 95th percentile is.
        #expect(latency.p95.small.upper == nil)
        #expect(latency.p95.ratioLower == nil)
    }

    @Test func `the deferral curve leaves to large what fails first, then the least sure`() throws {
        let curve = try #require(Self.figures().curve)
        #expect(curve.count == 9)
        let ninths = curve.points.map { Int(($0.quality * 9).rounded()) }
        #expect(ninths == [5, 7, 7, 8, 8, 8, 9, 9, 9])
        #expect(curve.points.map { Int(($0.deferred * 9).rounded()) } == [0, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(curve.points.map(\.score) == [nil, nil, -3, -2, -0.6, -0.4, -0.3, -0.2, -0.1])
        #expect(abs(try #require(curve.points[0].cost) - 0.008 / 9) < 1e-12)
        #expect(abs(try #require(curve.points.last?.cost) - (0.008 + 0.09) / 9) < 1e-12)
        #expect(curve.points[0].p50 == 100)
        #expect(curve.points.last?.p50 == 550)
        // In ninths: the first two in one step, from 5 to 7.
        let area = (2 * 6.0 + 7 + 7.5 + 8 + 8 + 8.5 + 9 + 9) / 81
        #expect(abs(curve.area - area) < 1e-12)
        #expect(abs(curve.randomArea - 7.0 / 9) < 1e-12)
        // Four of nine are wrong.
        #expect(abs(curve.floor - (4.0 / 9 - 0.1) / 0.9) < 1e-12)
    }

    @Test func `labels are scored one by one, whatever their case`() throws {
        func item(_ number: Int, _ said: String, _ right: String) -> MeasuredItem {
            var item = MeasuredItem.sample(number)
            item.small?.text = said
            item.reference = right
            return item
        }
        let items = [item(0, " A", "a"), item(1, "a", "B"), item(2, "b", "b")]
        let labels = try #require(Self.figures(items, byLabel: LabelText.reader("label")).labels)
        #expect(abs(labels.macroF1 - 2.0 / 3) < 1e-12)
        #expect(labels.byLabel[Array("a".utf8)]?.precision == 0.5)
        #expect(labels.byLabel[Array("b".utf8)]?.recall == 0.5)
        #expect(LabelText.reader("exact") == nil)
    }

    @Test func `with a hundred blind labels they are the reference for both models`() {
        // Small is as its label has it in 90 of 100, large in 80; they never agree with each other.
        var items = (0..<110).map { number -> MeasuredItem in
            var item = MeasuredItem.sample(number, score: number % 10 == 0 ? -2 : -0.1, agrees: false)
            guard number < 100 else { return item }
            item.label = "label"
            item.isBlind = number < 99
            item.smallAgreesWithLabel = number % 10 != 0
            item.largeAgreesWithLabel = number % 5 != 0
            return item
        }
        let few = Self.figures(items)
        #expect(few.reference == .large)
        #expect(Self.counts(few.accepted) == [0, 99])
        items[99].isBlind = true
        let enough = Self.figures(items)
        #expect(enough.reference == .label)
        #expect(Self.counts(enough.accepted) == [90, 90])
        #expect(Self.counts(enough.small) == [90, 100])
        // Ten fall back, and large has all of these wrong.
        #expect(Self.counts(enough.served) == [90, 100])
        #expect(Self.counts(enough.largeAgainstReviewed) == [80, 100])
        #expect(Self.counts(enough.smallAgainstLarge) == [0, 110])
        #expect(enough.curve?.count == 100)
    }

    @Test func `labels of what the models differ on are no sample, and no reference`() {
        let items = (0..<300).map { number -> MeasuredItem in
            var item = MeasuredItem.sample(number, agrees: number >= 40)
            // Of the forty on which they differ all are labelled, of the others 70.
            item.isBlind = number < 110
            item.label = number < 110 ? "label" : nil
            item.smallAgreesWithLabel = number < 110 ? number >= 40 : nil
            return item
        }
        let figures = Self.figures(items)
        #expect(figures.labelled == 110)
        #expect(figures.areLabelsSelected)
        #expect(figures.reference == .large)
        #expect(!Self.figures(Array(items.prefix(110))).areLabelsSelected)
    }

    @Test func `the version in service is compared on the same inputs`() {
        var items = Self.items
        // It leaves to large: 0, 1, 4, 5.
        for index in items.indices { items[index].incumbentDefers = [0, 1, 4, 5].contains(index) }
        let difference = Self.figures(items).againstInService
        #expect(difference == PairedDifference(onlyFirst: 2, onlySecond: 2, of: 10))
    }
}
