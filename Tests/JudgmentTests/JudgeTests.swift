import Completions
import Testing

@testable import Judgment

func answer(_ choices: Choice..., dialect: Dialect = .chat) -> CompletionAnswer {
    CompletionAnswer(dialect: dialect, choices: choices)
}

func choice(
    _ text: String?,
    finish: FinishReason? = .stop,
    tokens: [(text: String, logprob: Double)]? = nil,
    margins: [Double] = []
) -> Choice {
    Choice(
        text: text.map { Array($0.utf8) },
        finishReason: finish,
        logprobs: tokens.map { TokenLogprobs($0, margins: margins) }
    )
}

func check(_ name: String, _ options: CheckOptions = .absent) throws -> any FormatCheck {
    try KnownChecks.make(name, options: options, files: { _ in [] })
}

@Suite struct JudgeTests {
    let context = JudgingContext()

    @Test func fewerChoicesThanWereAskedForAreNoAnswer() {
        let three = JudgingContext(choices: 3)
        let judge = Judge(checks: [])
        let verdict = judge.judge(answer(choice("a"), choice("b")), context: three)
        #expect(verdict.reason == .smallError(.malformed))
        #expect(verdict.detail == "the answer has 2 of 3 choices")
        #expect(judge.judge(answer(choice("a"), choice("b"), choice("c")), context: three).reason == .accept)
        #expect(judge.judge(answer(), context: context).reason == .smallError(.malformed))
    }

    @Test func acceptsWhatNothingSpeaksAgainst() throws {
        let judge = Judge(
            checks: [try check("finished"), try check("max_chars", .number("10"))],
            confidence: ConfidenceRule(score: .min, threshold: -1)
        )
        let verdict = judge.judge(answer(choice("ab", tokens: [("a", -0.5), ("b", -0.25)])), context: context)
        #expect(verdict.accepted)
        #expect(verdict.reason.rawValue == "accept")
        #expect(verdict.consequence == .give)
        #expect(verdict.score == -0.5)
        #expect(verdict.detail == nil)
        #expect(Array(verdict.checks) == [.pass, .pass])
        #expect(verdict.mayBeRemembered)
    }

    @Test func theFirstFailingCheckNamesTheReasonAndLaterOnesDoNotRun() throws {
        let judge = Judge(
            checks: [
                try check("finished"), try check("min_chars", .number("3")), try check("max_chars", .number("1")),
            ],
            confidence: ConfidenceRule(score: .min, threshold: 0)
        )
        let verdict = judge.judge(answer(choice("ab", tokens: [("ab", -5)])), context: context)
        #expect(verdict.reason.rawValue == "format.min_chars")
        #expect(verdict.detail == "2 characters, expected at least 3")
        #expect(Array(verdict.checks) == [.pass, .fail, .notRun])
        #expect(verdict.consequence == .fallback)
        #expect(!verdict.onlyConfidenceFailed)
        #expect(verdict.score == nil)
    }

    @Test func everyChoiceMustPassAndConfidenceIsTheLeastOfThem() throws {
        let judge = Judge(
            checks: [try check("max_chars", .number("2"))],
            confidence: ConfidenceRule(score: .min, threshold: -1)
        )
        let sure = choice("ab", tokens: [("ab", -0.1)])
        let unsure = choice("cd", tokens: [("cd", -2)])
        let long = choice("abc", tokens: [("abc", -0.1)])

        #expect(judge.judge(answer(sure, choice("x", tokens: [("x", -0.7)])), context: context).score == -0.7)
        let low = judge.judge(answer(sure, unsure), context: context)
        #expect(low.reason == .lowConfidence)
        #expect(low.failedChoice == 1)
        #expect(low.score == -2)
        #expect(low.onlyConfidenceFailed)
        // The lowest failing choice gives the reason, and a later choice's format still counts.
        let both = judge.judge(answer(unsure, long), context: context)
        #expect(both.reason == .lowConfidence)
        #expect(both.failedChoice == 0)
        #expect(!both.onlyConfidenceFailed)
        let format = judge.judge(answer(long, unsure), context: context)
        #expect(format.reason.rawValue == "format.max_chars")
        #expect(format.failedChoice == 0)
    }

    @Test func aRefusalComesFirstAndFollowsItsPolicy() throws {
        var refusing = choice(nil)
        refusing.refusal = Array("I cannot".utf8)
        let checks = [try check("min_chars", .number("2"))]
        let given = Judge(checks: checks, onRefusal: .answer).judge(answer(refusing), context: context)
        #expect(given.accepted)
        #expect(given.refused)
        #expect(!given.mayBeRemembered)
        #expect(Array(given.checks) == [.notRun])
        let rejected = Judge(checks: checks, onRefusal: .fallback).judge(answer(refusing), context: context)
        #expect(rejected.reason == .refusal)
        #expect(rejected.consequence == .fallback)
        // With a text beside it, it is a text: a stream may show that first.
        refusing.text = Array("a".utf8)
        let judged = Judge(checks: checks, onRefusal: .fallback).judge(answer(refusing), context: context)
        #expect(judged.reason.rawValue == "format.min_chars")
    }

    @Test func missingLogprobsAreAStateOfTheirOwn() throws {
        func judged(_ policy: MissingPolicy, _ choice: Choice) -> Verdict {
            Judge(
                confidence: ConfidenceRule(score: .min, threshold: -1, whenMissing: WhenMissing(text: policy))
            ).judge(answer(choice), context: context)
        }
        for missing in [choice("a"), choice("a", tokens: []), choice("ab", tokens: [("a", .nan), ("b", -0.1)])] {
            let fallback = judged(.fallback, missing)
            #expect(fallback.reason == .noLogprobs)
            #expect(fallback.consequence == .fallback)
            #expect(fallback.score == nil)
            #expect(judged(.accept, missing).accepted)
            #expect(judged(.fail, missing).consequence == .error)
        }
    }

    @Test func aCompletionsLeadingSpaceIsTakenOffForAChatClient() throws {
        let judge = Judge(checks: [
            try check("one_of", .mapping([.init("values", .list([.string("a")])), .init("trim", .bool(false))]))
        ])
        let spaced = answer(choice(" a"), dialect: .completions)
        #expect(judge.judge(spaced, context: JudgingContext(clientSpeaksChat: true)).accepted)
        #expect(!judge.judge(spaced, context: JudgingContext(clientSpeaksChat: false)).accepted)
        #expect(!judge.judge(answer(choice(" a")), context: JudgingContext(clientSpeaksChat: true)).accepted)
        let two = answer(choice("  a"), dialect: .completions)
        #expect(!judge.judge(two, context: JudgingContext(clientSpeaksChat: true)).accepted)
    }

    @Test func anEchoedPromptIsNotJudged() throws {
        let judge = Judge(
            checks: [try check("one_of", .list([.string("né")]))],
            confidence: ConfidenceRule(score: .min, threshold: -1)
        )
        let echoed = choice("é?né", tokens: [("é?", .nan), ("n", -0.5), ("é", -0.2), ("\n", -9)])
        let verdict = judge.judge(answer(echoed), context: JudgingContext(echoedPromptCharacters: 2))
        #expect(verdict.accepted)
        #expect(verdict.score == -0.5)
    }

    @Test func anAnswerWithoutChoicesIsMalformed() {
        let verdict = Judge().judge(answer(), context: context)
        #expect(verdict.reason.rawValue == "small_error.malformed")
        #expect(!verdict.accepted)
    }
}
