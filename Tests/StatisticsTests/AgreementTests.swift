import Testing

@testable import Statistics

/// Labels, sets, words, texts, and the curve: what is known of small ones.
@Suite struct AgreementTests {
    @Test func `labels that never vary have no kappa`() {
        let same = LabelAgreement([(Array("a".utf8), Array("a".utf8)), (Array("a".utf8), Array("a".utf8))])
        #expect(same.kappa == nil && same.share == 1 && same.macroF1 == 1)
        let none = LabelAgreement([])
        #expect(none.kappa == nil && none.share == 0 && none.macroF1 == 0)
    }

    @Test func `sets, words and texts`() {
        #expect(Similarity.jaccard(Set<Int>(), []) == 1)
        #expect(Similarity.jaccard([1, 2, 3], [2, 3, 4]) == 0.5)
        #expect(Similarity.wordF1(["a", "a", "b"], ["a", "c"]) == 0.4)
        #expect(Similarity.wordF1([String](), []) == 1 && Similarity.wordF1(["a"], []) == 0)
        #expect(Similarity.edit(Array("kitten"), Array("sitting")) == 1 - 3.0 / 7)
        #expect(Similarity.edit([Int](), []) == 1 && Similarity.edit(Array("abc"), []) == 0)
    }

    @Test func `an edit distance is the same from both ends, and the least number of edits`() {
        var dice = Dice(state: 3)
        func slow(_ a: ArraySlice<Int>, _ b: ArraySlice<Int>) -> Int {
            guard let x = a.first, let y = b.first else { return max(a.count, b.count) }
            if x == y { return slow(a.dropFirst(), b.dropFirst()) }
            return 1 + min(slow(a.dropFirst(), b), slow(a, b.dropFirst()), slow(a.dropFirst(), b.dropFirst()))
        }
        for _ in 0..<200 {
            let first = (0..<dice.below(7)).map { _ in dice.below(3) }
            let second = (0..<dice.below(7)).map { _ in dice.below(3) }
            let longer = max(first.count, second.count)
            let expected = longer == 0 ? 1 : 1 - Double(slow(first[...], second[...])) / Double(longer)
            #expect(Similarity.edit(first, second) == expected)
            #expect(Similarity.edit(second, first) == expected)
        }
    }

    @Test func `scores that know everything, nothing, and the wrong way round`() throws {
        func curve(_ score: (Int) -> Double) throws -> DeferralCurve {
            // Small is right on every second item, large on all.
            let items = (0..<100).map { DeferralCurve.Item(score: score($0), small: Double($0 % 2), large: 1) }
            return try #require(DeferralCurve(items))
        }
        let knowing = try curve { Double($0 % 2) }
        #expect(knowing.small == 0.5 && knowing.large == 1 && knowing.randomArea == 0.75)
        #expect(knowing.area == 0.875)
        #expect(try curve { _ in 0 }.area == 0.75)
        #expect(try curve { Double(-($0 % 2)) }.area == 0.625)
        #expect(abs(try #require(knowing.overRandom) - 1.0 / 6) < 1e-12)
        #expect(knowing.points.map(\.deferred) == [0, 0.5, 1])
        #expect(DeferralCurve([]) == nil)
    }
}
