import Cache
import Completions
import Judgment
import Loop

/// What a flight gives those who wait for it.
enum Landing: Sendable {
    case ended(FlightOutcome)
    /// Its answer has begun: events to follow, to their end.
    case streaming(AnswerFeed)
}

/// What a flight ends with. Every exchange that waited for it gets the same.
enum FlightOutcome: Sendable {
    case answered(FlightAnswer)
    /// The error is shared: no waiter asks on its own because the flight failed.
    case failed(FlightFailure)
}

/// Why a flight has no answer, and what it cost to find out.
final class FlightFailure: Error, Sendable {
    let error: APIError
    /// What was thought of the small answer, if there was one.
    let verdict: Verdict?
    let asked: Asked
    /// The flight's own deadline passed: it is not shared, waiters with time left start one new flight together.
    let isOutOfTime: Bool

    init(error: APIError, verdict: Verdict? = nil, asked: Asked = Asked(), isOutOfTime: Bool = false) {
        self.error = error
        self.verdict = verdict
        self.asked = asked
        self.isOutOfTime = isOutOfTime
    }
}

/// An answer with everything that the exchanges waiting for it say about it.
final class FlightAnswer: Sendable {
    /// Nil where its bytes are ready to be sent.
    let answer: CompletionAnswer?
    let answeredBy: AnsweredBy
    /// The model that really answered, as the provider or the settings name it.
    let model: String
    /// Of the small answer: `accept`, why it was rejected, or why small was not asked.
    let verdict: VerdictReason
    /// Of the answer that is sent: `accept` where it passed its checks.
    let checks: VerdictReason
    let judged: Verdict?
    let score: Double?
    let isFallback: Bool
    /// Passed its checks, and is no refusal. Whether it is whole, and its exchange allows it, is asked elsewhere.
    let mayBeRemembered: Bool
    /// How many alternatives a token the model was asked for.
    let alternatives: Int
    let asked: Asked
    /// The entry it came from, where it came from a cache.
    let stored: CachedAnswer?

    init(
        answer: CompletionAnswer?,
        answeredBy: AnsweredBy,
        model: String,
        verdict: VerdictReason,
        checks: VerdictReason,
        judged: Verdict?,
        score: Double?,
        isFallback: Bool,
        mayBeRemembered: Bool,
        alternatives: Int = 0,
        asked: Asked,
        stored: CachedAnswer? = nil
    ) {
        self.answer = answer
        self.answeredBy = answeredBy
        self.model = model
        self.verdict = verdict
        self.checks = checks
        self.judged = judged
        self.score = score
        self.isFallback = isFallback
        self.mayBeRemembered = mayBeRemembered
        self.alternatives = alternatives
        self.asked = asked
        self.stored = stored
    }

    /// What a cache, ours or Redis, had: nothing was asked.
    convenience init(stored: CachedAnswer, answer: CompletionAnswer?, asked: Asked = Asked()) {
        self.init(
            answer: answer,
            answeredBy: .cache,
            model: stored.model,
            verdict: VerdictReason(rawValue: stored.verdict) ?? .accept,
            checks: .accept,
            judged: nil,
            score: stored.score,
            isFallback: false,
            mayBeRemembered: false,
            asked: asked,
            stored: stored
        )
    }
}

/// Who an answer came from, in the words of `x-understudy-answered-by`.
enum AnsweredBy: String, Sendable, CaseIterable {
    case small, large, cache
}

/// Whether a candidate was made of a fallback.
enum Harvesting: Sendable {
    case kept, forbidden, failed
}

/// What the models were asked for one flight: times, tokens and cost of both calls.
struct Asked: Sendable {
    struct Call: Sendable {
        /// The name sent to the provider.
        var model = ""
        var sentBytes = 0
        var answerBytes = 0
        /// In our own queue; part of `took`.
        var queued = Duration.zero
        var took = Duration.zero
        var firstByte = Duration.zero
        /// Tokens, as the provider counted them; nil where it did not.
        var input: Int?
        var output: Int?
        /// USD; nil where the model has no price or the provider gave no usage.
        var cost: Double?
        var failure: VerdictReason.SmallError?
        /// Of a streamed answer.
        var pace = TokenPace()
        /// Broken off by us: what it cost is not known.
        var isCancelled = false
        /// Tokens that had come when it was found hopeless, of an answer that was let run all the same.
        var refutedAt: Int?
    }

    var small: Call?
    var large: Call?
    var recall = Duration.zero
    var judgeSmall = Duration.zero
    var judgeLarge = Duration.zero
    var harvest = Duration.zero
    var kept: Harvesting?
    var scores: Scores?
    var largeChecks: CheckOutcomes?
    /// Large was started while small was still answering, that long after it.
    var hedgedAfter: Duration?

    /// Time spent waiting for models; the rest of an exchange is ours.
    var waiting: Duration { waiting(large: large?.took ?? .zero) }

    /// The same, where large has been asked for that long by now.
    func waiting(large second: Duration) -> Duration {
        let first = small?.took ?? .zero
        guard let hedgedAfter else { return first + second }
        return max(first, hedgedAfter + second)
    }
}
