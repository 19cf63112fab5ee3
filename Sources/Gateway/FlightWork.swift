// The work for one answer, between an exchange's `recall` and its `answer`:
//
//   recall (Redis) ── hit ───────────────────────────────────────────────► publish
//        │ miss
//   ask small ──► judge ── accept ───────────────────────► remember ─────► publish
//        │            └ reject ┐
//        └ error ──────────────┴► ask large ─► judge ─► harvest ─► remember ─► publish
//
// It runs as a task of its own on the worker that started it, child of no exchange, and is cancelled when the last
// exchange that waits for it has left. It publishes after harvest, never before: nobody sees an answer of the large
// model whose candidate could still be lost.

import Cache
import Completions
import HTTPClient
import HTTPServer
import Harvest
import Judgment
import Loop
import Routing
import Settings

/// One flight's work. Confined to the loop of the worker that started it.
final class FlightWork {
    let station: Station
    let lines: Lines
    let route: ServedRoute
    let choice: RouteChoice
    let request: CompletionRequest
    let headers: HeaderFields
    let requestID: RequestID
    let client: ClientKey?
    let key: CacheKey?
    let mayRemember: Bool
    let isSmallForced: Bool
    /// How old an answer in Redis may be, in seconds; nil: as old as it likes.
    let maxAge: Int?
    let deadline: MonotonicTime
    /// Nil for an exchange that neither joins nor leads.
    let flight: Flight<FlightOutcome>?
    var asked = Asked()

    init(for exchange: Exchange, flight: Flight<FlightOutcome>?) {
        guard let route = exchange.route, let choice = exchange.choice, let request = exchange.request else {
            preconditionFailure("a flight starts after its exchange has received and chosen")
        }
        station = exchange.station
        lines = exchange.lines
        self.route = route
        self.choice = choice
        self.request = request
        headers = exchange.http.headers
        requestID = exchange.requestID
        client = exchange.client
        key = exchange.key
        mayRemember = exchange.mayRemember
        isSmallForced = exchange.isSmallForced
        maxAge = exchange.wishes.maxAge
        deadline = exchange.deadline
        self.flight = flight
    }

    /// Runs the whole flight and gives its waiters the outcome.
    func run() async -> FlightOutcome {
        // No way out of here leaves waiters behind; without effect once the flight has published.
        defer { flight?.expire() }
        if let recalled = await recallFromRedis() {
            let outcome = FlightOutcome.answered(recalled)
            if let stored = recalled.stored {
                _ = flight?.remember(stored, unixMilliseconds: station.unixMilliseconds)
            }
            flight?.retire()
            flight?.publish(outcome)
            return outcome
        }
        let outcome: FlightOutcome
        do throws(FlightFailure) {
            outcome = .answered(try await answer())
        } catch {
            outcome = .failed(error)
            // Unpublished, it expires: waiters with time left start one new flight together.
            if error.isOutOfTime { return outcome }
        }
        publish(outcome)
        return outcome
    }

    private func recallFromRedis() async -> FlightAnswer? {
        guard let key, flight != nil, let redis = station.redis else { return nil }
        let started = MonotonicTime.now()
        let now = station.unixMilliseconds
        let found = await redis.recall(key, unixMilliseconds: now)
        asked.recall = MonotonicTime.now() - started
        guard let (stored, answer) = found, let flight, stored.has(flight.wants), route.accepts(stored) else {
            return nil
        }
        if let maxAge, stored.age(unixMilliseconds: now) > .seconds(maxAge) { return nil }
        return FlightAnswer(stored: stored, answer: answer, asked: asked)
    }

    // Models are asked in functions that suspend, and what came of it is thought about in others that do not: a task's
    // frame has room for all values of the first kind, and answers and verdicts are large.

    private enum Step {
        case give(FlightAnswer)
        case fail(FlightFailure)
        case askLarge(because: VerdictReason, after: Rejected?, failed: Attempt?)
        /// Large's answer: it is harvested, then given.
        case giveLarge(CheckedAnswer)
    }

    private func answer() async throws(FlightFailure) -> FlightAnswer {
        var step = Step.askLarge(because: choice.reason ?? .noSmall, after: nil, failed: nil)
        if let small = route.small(choice) { step = afterSmall(await ask(small, as: .small)) }
        if case .askLarge(let reason, let rejected, let failed) = step {
            step = beforeLarge(because: reason, after: rejected, failed: failed)
            if case .askLarge = step {
                step = afterLarge(await ask(route.large, as: .large), because: reason, after: rejected)
            }
            if case .giveLarge(let large) = step {
                await harvest(large, because: reason, rejected: rejected, failed: failed)
                return give(large, because: reason, after: rejected)
            }
        }
        switch step {
        case .give(let answer): return answer
        case .fail(let failure): throw failure
        case .askLarge, .giveLarge: preconditionFailure("large is asked at most once in a flight")
        }
    }

    @inline(never)
    private func afterSmall(_ attempt: Attempt) -> Step {
        switch attempt.result {
        case .failure(let problem):
            if isSmallForced || problem.isFinal { return .fail(failure(problem)) }
            return .askLarge(because: .smallError(problem.kind), after: nil, failed: attempt)
        case .success(let answer):
            let verdict = judge(answer)
            if verdict.accepted || isSmallForced {
                return .give(give(attempt, answer, verdict: verdict.reason, judged: verdict))
            }
            if verdict.consequence == .error { return .fail(failure(.noLogprobs(route: route.name), verdict)) }
            return .askLarge(because: verdict.reason, after: Rejected(attempt, answer, verdict), failed: nil)
        }
    }

    /// The ceiling on spending may end it here.
    @inline(never)
    private func beforeLarge(because reason: VerdictReason, after rejected: Rejected?, failed: Attempt?) -> Step {
        guard let standing = route.spend?.standing(at: Int(station.unixMilliseconds)), standing.isOver else {
            return .askLarge(because: reason, after: rejected, failed: failed)
        }
        station.meters.spendRefused(route.meter)
        if route.settings.spend?.whenOver == .small, let small = rejected?.butForConfidence {
            return .give(give(small.attempt, small.answer, verdict: .spend, judged: small.verdict))
        }
        let retryAfter = String(max(1, Int(standing.left.seconds.rounded(.up))))
        return .fail(failure(.overSpend(retryAfter: retryAfter), rejected?.verdict))
    }

    @inline(never)
    private func afterLarge(_ attempt: Attempt, because reason: VerdictReason, after rejected: Rejected?) -> Step {
        switch attempt.result {
        case .failure(let problem):
            if route.settings.onLargeError == .small, let small = rejected?.butForConfidence, !problem.isFinal {
                return .give(give(small.attempt, small.answer, verdict: reason, judged: small.verdict))
            }
            return .fail(failure(problem, rejected?.verdict))
        case .success(let answer):
            let checks = judgeLarge(answer)
            if !checks.accepted, route.settings.onLargeInvalid == .error {
                return .fail(failure(.answerInvalid(reason: checks.reason.rawValue), rejected?.verdict))
            }
            return .giveLarge(CheckedAnswer(attempt, answer, checks))
        }
    }

    @inline(never)
    private func give(_ large: CheckedAnswer, because reason: VerdictReason, after rejected: Rejected?) -> FlightAnswer
    {
        FlightAnswer(
            answer: large.answer,
            answeredBy: .large,
            model: large.attempt.modelName,
            verdict: reason,
            checks: large.checks.reason,
            judged: rejected?.verdict,
            score: rejected?.verdict.score,
            isFallback: reason != .client,
            mayBeRemembered: large.checks.mayBeRemembered,
            alternatives: large.attempt.alternatives,
            asked: asked
        )
    }

    private func give(
        _ attempt: Attempt,
        _ answer: CompletionAnswer,
        verdict: VerdictReason,
        judged: Verdict
    ) -> FlightAnswer {
        FlightAnswer(
            answer: answer,
            answeredBy: .small,
            model: attempt.modelName,
            verdict: verdict,
            checks: judged.reason.isFormat ? judged.reason : .accept,
            judged: judged,
            score: judged.score,
            isFallback: false,
            mayBeRemembered: judged.mayBeRemembered,
            alternatives: attempt.alternatives,
            asked: asked
        )
    }

    private func failure(_ problem: AskProblem, _ verdict: Verdict? = nil) -> FlightFailure {
        FlightFailure(error: problem.error, verdict: verdict, asked: asked, isOutOfTime: problem.isOutOfTime)
    }

    private func failure(_ error: APIError, _ verdict: Verdict?) -> FlightFailure {
        FlightFailure(error: error, verdict: verdict, asked: asked)
    }
}
