import Completions
import Testing

@testable import Judgment

@Suite struct ScoringTests {
    private func score(
        _ name: ScoreName,
        _ choice: Choice,
        quantile: Double = 0.1,
        over: ScoreSpan = .all,
        echoed: Int = 0
    ) -> Double? {
        guard let logprobs = choice.logprobs else { return nil }
        return Scoring.with(
            logprobs,
            text: choice.text ?? [],
            hasCalls: false,
            echoedPromptCharacters: echoed,
            over: over
        ) { $0.score(name, quantile: quantile) }
    }

    let four = choice("abcd", tokens: [("a", -0.5), ("b", -2), ("c", -1), ("d", -0.25)], margins: [3, 0.5, 2, 4])

    @Test func eachScoreIsItsFormula() {
        #expect(score(.mean, four) == -0.9375)
        #expect(score(.min, four) == -2)
        #expect(score(.firstToken, four) == -0.5)
        #expect(score(.margin, four) == 0.5)
    }

    @Test func quantilesInterpolateLinearly() {
        // Sorted: -2, -1, -0.5, -0.25.
        #expect(score(.quantile, four, quantile: 0) == -2)
        #expect(score(.quantile, four, quantile: 1) == -0.25)
        #expect(score(.quantile, four, quantile: 0.5) == -0.75)
        #expect(abs(score(.quantile, four, quantile: 0.1)! - -1.7) < 1e-12)
        #expect(score(.quantile, choice("a", tokens: [("a", -3)]), quantile: 0.3) == -3)
    }

    @Test func aNullAmongThemNoTokenOrNoAlternativeIsNoScore() {
        let null = choice("ab", tokens: [("a", -1), ("b", .nan)], margins: [1, 1])
        for name in [ScoreName.mean, .min, .quantile, .firstToken] { #expect(score(name, null) == nil) }
        #expect(score(.margin, null) == 1)
        #expect(score(.margin, choice("ab", tokens: [("a", -1), ("b", -1)], margins: [1, .nan])) == nil)
        #expect(score(.margin, choice("a", tokens: [("a", -1)])) == nil)
        for name in ScoreName.allCases { #expect(score(name, choice("a", tokens: [])) == nil) }
    }

    @Test func tokensAtOrPastTheEndDoNotCount() {
        // The stop sequence and the end of text are reported, but are no part of the text.
        let stopped = choice("ab", tokens: [("a", -1), ("b", -1), ("\n", -9), ("", -9)])
        #expect(score(.min, stopped) == -1)
        // A token that begins in the text counts, though the stop sequence cut it.
        #expect(score(.min, choice("ab", tokens: [("a", -1), ("b\n", -3)])) == -3)
    }

    @Test func offsetsTellWhereTokensAreNotTheText() {
        // Legacy spelling of a cut character; offsets count from the prompt's beginning.
        var odd = choice("aé", tokens: [("a", -1), ("bytes:\\xc3", -2), ("bytes:\\xa9", -3), ("\n", -9)])
        odd.logprobs?.textOffsets = [7, 8, 8, 9]
        #expect(score(.min, odd) == -3)
        odd.logprobs?.textOffsets = []
        #expect(score(.min, odd) == -9)
    }

    @Test func someOfTheTokensAreNoScore() {
        var some = choice("one two three", tokens: [("one", -0.1), (" two", -0.1)])
        for name in ScoreName.allCases { #expect(score(name, some) == nil) }
        some.logprobs?.textOffsets = [0, 3]
        #expect(score(.min, some) == nil)
        let gap = choice("one two three", tokens: [("one", -0.1), (" three", -0.1)])
        #expect(score(.mean, gap) == nil)
        // Not the text's own bytes, but enough of them: the server spells tokens its own way.
        #expect(score(.min, choice("one two", tokens: [(" one", -0.1), (" two", -0.2)])) == -0.2)
        // An echoed prompt need not have any.
        #expect(score(.min, choice("prompt one", tokens: [(" one", -0.2)]), echoed: 6) == -0.2)
    }

    @Test func echoedTokensDoNotCount() {
        let echoed = choice("é?né", tokens: [("é?", .nan), ("n", -0.5), ("é", -0.2)])
        #expect(score(.min, echoed, echoed: 2) == -0.5)
        var offsets = choice("é?né", tokens: [("x?", .nan), ("n", -0.5), ("é", -0.2), ("\n", -9)])
        offsets.logprobs?.textOffsets = [0, 2, 3, 4]
        #expect(score(.min, offsets, echoed: 2) == -0.5)
    }

    @Test func overValuesReadsTokensInsideScalars() {
        let tokens: [(text: String, logprob: Double)] = [
            ("{\"", -9), ("a", -8), ("\":", -7), (" \"", -6), ("x", -1), ("\", \"b", -5), ("\":", -4), ("1", -0.5),
            ("2,", -2), ("\"c\":", -9), ("true", -0.25), ("}", -9),
        ]
        let text = tokens.map(\.text).joined()
        let json = choice(text, tokens: tokens)
        // x · 1 · 2, · true: a token counts with any byte inside; quotes, keys and braces are no values.
        #expect(score(.min, json, over: .values) == -2)
        #expect(score(.firstToken, json, over: .values) == -1)
        #expect(score(.mean, json, over: .values) == (-1 - 0.5 - 2 - 0.25) / 4)
        #expect(score(.min, json) == -9)
    }

    @Test func overValuesOfWhatIsNotJSONReadsAllAndOfNoValueNone() {
        #expect(score(.min, choice("{a", tokens: [("{", -3), ("a", -1)]), over: .values) == -3)
        #expect(score(.min, choice("{}", tokens: [("{", -3), ("}", -1)]), over: .values) == nil)
        // The token that closes an empty string decided that it is empty.
        let empty = choice("{\"a\":\"\"}", tokens: [("{\"a\":", -9), ("\"", -8), ("\"", -2), ("}", -9)])
        #expect(score(.min, empty, over: .values) == -2)
    }

    @Test func scoresHoldEveryScoreAndTheLeastOverChoices() {
        let scores = Scores(answer(four, choice("a", tokens: [("a", -3)], margins: [9])), context: JudgingContext())
        #expect(scores.all.min == -3)
        #expect(scores.all.mean == -3)
        #expect(scores.all.median == -3)
        #expect(scores.all.firstToken == -3)
        #expect(scores.all.margin == 0.5)
        #expect(scores.values.min == -3)
        let missing = Scores(answer(four, choice("a")), context: JudgingContext())
        #expect(missing.all.min.isNaN)
        #expect(Scores(answer(), context: JudgingContext()).all.mean.isNaN)
    }

    @Test func aScoreGoesByItsWholeName() {
        #expect(ConfidenceRule(score: .min, threshold: 0).scoreName == "min_logprob")
        #expect(
            ConfidenceRule(score: .quantile, threshold: 0, quantile: 0.25, over: .values).scoreName
                == "quantile_logprob(0.25)/values"
        )
    }
}
