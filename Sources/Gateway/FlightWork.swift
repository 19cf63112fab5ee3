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
        if let (stored, answer) = await recallFromRedis() {
            let outcome = FlightOutcome.answered(FlightAnswer(stored: stored, answer: answer, asked: asked))
            _ = flight?.remember(stored, unixMilliseconds: station.unixMilliseconds)
            flight?.publish(outcome)
            flight?.retire()
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

    private func recallFromRedis() async -> (CachedAnswer, CompletionAnswer)? {
        guard let key, flight != nil, let redis = station.redis else { return nil }
        let started = MonotonicTime.now()
        let now = station.unixMilliseconds
        let found = await redis.recall(key, unixMilliseconds: now)
        asked.recall = MonotonicTime.now() - started
        guard let (stored, answer) = found, let flight, stored.has(flight.wants), route.accepts(stored) else {
            return nil
        }
        if let maxAge, stored.age(unixMilliseconds: now) > .seconds(maxAge) { return nil }
        return (stored, answer)
    }

    private func answer() async throws(FlightFailure) -> FlightAnswer {
        guard let small = route.small(choice) else {
            return try await askLarge(because: choice.reason ?? .noSmall, after: nil)
        }
        let attempt = await ask(small, as: .small)
        switch attempt.result {
        case .failure(let problem):
            if isSmallForced || problem.isFinal { throw failure(problem) }
            return try await askLarge(because: .smallError(problem.kind), after: nil, failed: attempt)
        case .success(let answer):
            let verdict = judge(answer)
            if verdict.accepted || isSmallForced {
                return give(attempt, answer, verdict: verdict.reason, judged: verdict)
            }
            if verdict.consequence == .error { throw failure(.noLogprobs(route: route.name), verdict) }
            return try await askLarge(
                because: verdict.reason,
                after: Rejected(attempt: attempt, answer: answer, verdict: verdict)
            )
        }
    }

    /// The large model's turn: at most once in a flight.
    private func askLarge(
        because reason: VerdictReason,
        after rejected: Rejected?,
        failed: Attempt? = nil
    ) async throws(FlightFailure) -> FlightAnswer {
        let small = rejected.flatMap { $0.verdict.onlyConfidenceFailed ? $0 : nil }
        if let standing = route.spend?.standing(at: Int(station.unixMilliseconds)), standing.isOver {
            station.meters.spendRefused(route.meter)
            if route.settings.spend?.whenOver == .small, let small {
                return give(small.attempt, small.answer, verdict: .spend, judged: small.verdict)
            }
            throw failure(
                .overSpend(retryAfter: String(max(1, Int(standing.left.seconds.rounded(.up))))),
                rejected?.verdict
            )
        }
        let attempt = await ask(route.large, as: .large)
        switch attempt.result {
        case .failure(let problem):
            if route.settings.onLargeError == .small, let small, !problem.isFinal {
                return give(small.attempt, small.answer, verdict: reason, judged: small.verdict)
            }
            throw failure(problem, rejected?.verdict)
        case .success(let answer):
            let checks = judgeLarge(answer)
            if !checks.accepted, route.settings.onLargeInvalid == .error {
                throw failure(.answerInvalid(reason: checks.reason.rawValue), rejected?.verdict)
            }
            await harvest(attempt, answer, checks: checks, because: reason, rejected: rejected, failed: failed)
            return FlightAnswer(
                answer: answer,
                answeredBy: .large,
                model: attempt.modelName,
                verdict: reason,
                checks: checks.reason,
                judged: rejected?.verdict,
                score: rejected?.verdict.score,
                isFallback: choice.role == .small,
                mayBeRemembered: checks.mayBeRemembered,
                alternatives: attempt.alternatives,
                asked: asked
            )
        }
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
