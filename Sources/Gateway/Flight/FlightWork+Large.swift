// Large's turn: a fallback, a rule's or the client's choice, or a hedge that small has not yet lost against.
//
//     asked whole    ─────────────────► judge ─► harvest ─► give
//     asked streamed ─ first event ─► harvest what is known ─► open ─ events ─► judge ─► harvest the rest ─► give
//
// Streamed where the client streams and the route gives large's answer whatever its checks say.

import Cache
import Completions
import HTTPClient
import Harvest
import Judgment
import Loop
import Settings

extension FlightWork {
    func askLarge(because reason: VerdictReason) {
        self.reason = reason
        if let refusal = beyondSpending() { return refusal() }
        startLarge()
    }

    /// The ceiling on spending may end it here.
    private func beyondSpending() -> (() -> Void)? {
        guard let standing = route.spend?.standing(at: Int(station.unixMilliseconds)), standing.isOver else {
            return nil
        }
        station.meters.spendRefused(route.meter)
        if route.settings.spend?.whenOver == .small, let small = small.rejected?.butForConfidence {
            return { self.give(self.answered(small.attempt, small.answer, .spend, small.verdict)) }
        }
        let retryAfter = String(max(1, Int(standing.left.seconds.rounded(.up))))
        return { self.fail(.overSpend(retryAfter: retryAfter), self.small.rejected?.verdict) }
    }

    /// - Parameter reason: set.
    func startLarge() {
        large.isAsked = true
        // A client that has begun with small's answer gets no other.
        let isStreamed = request.stream && feed == nil && route.settings.onLargeInvalid == .answer
        do throws(InvalidRequest) {
            let draft = try ModelRequest(request, to: route.large, streamed: isStreamed)
            let call = ModelCall(route.large, draft, parser: station.parser, keepsChunks: isStreamed, owner: self)
            large.call = call
            call.begin(over: lines, forwarding: route.large.forwarded(headers), deadline: deadline)
        } catch {
            largeFailed(AskProblem(error))
        }
    }

    // MARK: While it comes

    func largeGrew(_ call: ModelCall, _ piece: AnswerPiece) {
        guard let chunk = piece.chunk else { return }
        large.chunks.append(chunk)
        guard !large.isCommitted else { return }
        // Against a small answer that may still be accepted, its first token wins; else its first event is passed on.
        if isSmallUndecided {
            guard call.tokens(of: 0) > 0 else { return }
            hedgeWon()
        }
        commitLarge(call)
    }

    /// What came at once is passed on at once.
    func largeHasRead(_ call: ModelCall) {
        // Not open yet: it waits for its candidate.
        guard let feed, large.isCommitted, !large.chunks.isEmpty else { return }
        feed.append(large.chunks)
        large.chunks = []
    }

    /// What is known is harvested before the first event leaves.
    private func commitLarge(_ call: ModelCall) {
        large.isCommitted = true
        call.liftDeadline()
        let attempt = call.cut()
        keep(attempt, answer: nil, checks: nil) { [self] in
            guard !isOver else { return }
            open(call)
        }
    }

    private func open(_ call: ModelCall) {
        let model = call.answer?.model.map { String(decoding: $0, as: UTF8.self) } ?? call.model.modelName
        large.isGiven = true
        let opening = StreamOpening(
            answeredBy: .large,
            model: model,
            verdict: reason,
            score: small.rejected?.verdict.score,
            isFallback: reason != .client,
            waited: asked.waiting(large: call.elapsed)
        )
        let feed = AnswerFeed(opening, chunks: large.chunks, source: FeedSource(call, on: station.loop))
        large.chunks = []
        self.feed = feed
        flight.open(.streaming(feed))
    }

    // MARK: When it has ended

    func largeEnded(_ attempt: Attempt) {
        let call = large.call
        large.call = nil
        note(attempt, as: .large)
        switch attempt.result {
        case .failure(let problem):
            warn(of: problem, attempt)
            if large.isCommitted, let call { keepBroken(call.cut()) }
            largeFailed(problem)
        case .success(let answer):
            if isOver { return settle() }
            let checks = judgeLarge(answer)
            if !checks.accepted, route.settings.onLargeInvalid == .error {
                return largeFailed(
                    AskProblem(
                        kind: .malformed,
                        error: .answerInvalid(reason: checks.reason.rawValue),
                        isInvalid: true
                    )
                )
            }
            if isSmallUndecided { hedgeWon() }
            if small.call != nil || draw != nil { large.given = (attempt, answer, checks) }
            keep(attempt, answer: answer, checks: checks) { [self] in
                give(answered(attempt, answer, checks))
            }
        }
    }

    /// It has no answer to give: small's may do, or may still come.
    func largeFailed(_ problem: AskProblem) {
        if isOver { return settle() }
        if isSmallUndecided {
            large.failed = problem
            return
        }
        if route.settings.onLargeError == .small, !problem.isFinal, !problem.isInvalid, !large.isGiven,
            let small = small.rejected?.butForConfidence
        {
            return give(answered(small.attempt, small.answer, reason, small.verdict))
        }
        cancelSmall()
        fail(problem)
    }

    func cancelLarge() {
        guard let call = large.call else { return }
        large.call = nil
        let attempt = call.cancel()
        note(attempt, as: .large)
        if large.isCommitted { keepBroken(attempt) }
    }

    /// Large's answer as it is given.
    private func answered(_ attempt: Attempt, _ answer: CompletionAnswer, _ checks: Verdict) -> FlightAnswer {
        FlightAnswer(
            answer: answer,
            answeredBy: .large,
            model: attempt.modelName,
            verdict: reason,
            checks: checks.reason,
            judged: small.rejected?.verdict,
            score: small.rejected?.verdict.score,
            isFallback: reason != .client,
            mayBeRemembered: checks.mayBeRemembered,
            alternatives: attempt.alternatives,
            asked: asked
        )
    }
}
