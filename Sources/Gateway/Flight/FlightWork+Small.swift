// Small's turn: asked whole, or as a stream that is judged while it arrives.
//
//     asked whole     ────────────────────────────────► judge ─► accept: give · reject: ask large
//     asked streamed  ─ token ─ token ─ cannot pass ──► cut it off, ask large (let_run: read on, off the client's path)
//                         └─ hold: N tokens are here ─► commit: the client follows; no way back
//
// Streamed if `early_abort` is on, or if the client streams and may see the answer before its verdict.

import Cache
import Completions
import HTTPClient
import Judgment
import Loop
import Settings

extension FlightWork {
    func askSmall(_ model: ServedModel) {
        let isWatched = !isSmallForced && (route.settings.earlyAbort || holds != nil) && mayFallBack
        do throws(InvalidRequest) {
            let draft = try ModelRequest(request, to: model, streamed: isWatched)
            if isWatched {
                small.watch = PrefixJudge(
                    route.judge,
                    context: judgingContext,
                    dialect: model.dialect,
                    maxTokens: model.tokenLimit(for: request)
                )
            }
            let keepsChunks = holds != nil && isWatched
            let call = ModelCall(model, draft, parser: station.parser, keepsChunks: keepsChunks, owner: self)
            small.call = call
            call.begin(over: lines, forwarding: model.forwarded(headers), deadline: deadline)
        } catch {
            return fail(AskProblem(error))
        }
        armHedge()
    }

    /// After how many tokens the client may see what comes; nil: after the verdict.
    private var holds: Int? {
        guard request.stream, case .tokens(let count) = route.settings.hold else { return nil }
        return count
    }

    /// Where large may not be asked and small's unsure answer will be given instead, it has to come whole.
    private var mayFallBack: Bool {
        guard route.settings.spend?.whenOver == .small, let spend = route.spend else { return true }
        return !spend.standing(at: Int(station.unixMilliseconds)).isOver
    }

    // MARK: While it comes

    func smallGrew(_ call: ModelCall, _ piece: AnswerPiece) {
        guard small.watch != nil || small.isCommitted else { return }
        if let chunk = piece.chunk { small.chunks.append(chunk) }
        guard !small.isCommitted, let answer = call.answer else { return }
        for position in piece.positions {
            if let found = small.watch!.refutation(of: answer, choice: position, scratch: station.scratch) {
                guard route.settings.earlyAbort else { return holdBack() }
                return refuted(found, call)
            }
        }
        if let holds, hasCome(holds, call, answer) { commitSmall(call) }
    }

    /// What came at once is passed on at once.
    func smallHasRead(_ call: ModelCall) {
        guard small.isCommitted, !small.chunks.isEmpty else { return }
        if let feed { feed.append(small.chunks) } else { openSmall(call) }
        small.chunks = []
    }

    /// Where every choice has ended, the verdict on the whole is about to be known: nothing is given before it. Nor is
    /// what looks like a refusal, where that is a reason to ask large.
    private func hasCome(_ tokens: Int, _ call: ModelCall, _ answer: CompletionAnswer) -> Bool {
        guard answer.choices.count >= request.choices, answer.choices.contains(where: { $0.finishReason == nil }) else {
            return false
        }
        if route.settings.onRefusal == .fallback, answer.choices.contains(where: { $0.refusal != nil }) { return false }
        return answer.choices.indices.allSatisfy { position in
            if answer.choices[position].finishReason != nil { return true }
            return call.tokens(of: position) >= tokens && isScored(answer.choices[position])
        }
    }

    /// Where an answer without scores is none, nothing is given of one that has none so far.
    private func isScored(_ choice: Choice) -> Bool {
        guard let rule = route.settings.confidence else { return true }
        let missing = choice.toolCalls.isEmpty ? rule.whenMissing.text : rule.whenMissing.tools
        return missing == .accept || choice.hasScoredTokens
    }

    /// It cannot pass any more, and is read to its end all the same: nothing of it is given before the verdict.
    private func holdBack() {
        small.watch = nil
        small.chunks = []
    }

    /// It cannot pass any more, whatever still comes.
    private func refuted(_ found: Refutation, _ call: ModelCall) {
        small.watch = nil
        small.chunks = []
        let verdict = Verdict(found, checks: route.judge.checks.count)
        if verdict.consequence == .error {
            cancelSmall()
            cancelLarge()
            return fail(.noLogprobs(route: route.name), verdict)
        }
        drawAudit()
        if Double.random(in: 0..<1) < route.settings.letRun {
            // Read to its end for what is to be learnt from it; until then it counts as cut.
            let attempt = call.cut()
            asked.small = attempt.call
            reject(attempt, verdict)
        } else {
            let attempt = call.cancel()
            small.call = nil
            note(attempt, as: .small)
            reject(attempt, verdict)
        }
        afterRejection(verdict.reason)
    }

    private func reject(_ attempt: Attempt, _ verdict: Verdict) {
        guard case .success(let answer) = attempt.result else { return }
        small.rejected = JudgedSmall(attempt, answer, verdict)
    }

    private func commitSmall(_ call: ModelCall) {
        small.isCommitted = true
        // It is not held to its whole verdict any more, which is still to come.
        small.watch = nil
        hedgeTimer?.cancel()
        cancelLarge()
        call.liftDeadline()
    }

    private func openSmall(_ call: ModelCall) {
        let opening = StreamOpening(
            answeredBy: .small,
            model: call.answer?.model.map { String(decoding: $0, as: UTF8.self) } ?? call.model.modelName,
            verdict: nil,
            score: nil,
            isFallback: false,
            waited: call.elapsed
        )
        let feed = AnswerFeed(opening, chunks: small.chunks, source: FeedSource(call, on: station.loop))
        self.feed = feed
        flight.open(.streaming(feed))
    }

    // MARK: When it has ended

    func smallEnded(_ attempt: Attempt) {
        small.call = nil
        note(attempt, as: .small)
        if isOver { return ranOn(attempt) }
        switch attempt.result {
        case .failure(let problem):
            // It had been found hopeless before, and was only let run.
            if small.rejected != nil { return }
            warn(of: problem, attempt)
            if small.isCommitted { return brokeLate(attempt, problem) }
            if isSmallForced || problem.isFinal {
                cancelLarge()
                return fail(problem)
            }
            small.failed = attempt
            afterRejection(.smallError(problem.kind))
        case .success(let answer):
            let verdict = judge(answer)
            if small.rejected != nil {
                small.rejected = JudgedSmall(attempt, answer, verdict)
                // Large's answer is on its way to the spool, with the one that was cut.
                keepWhole()
            } else if verdict.accepted || isSmallForced {
                drawAudit()
                if draw != nil { small.accepted = JudgedSmall(attempt, answer, verdict) }
                cancelLarge()
                give(answered(attempt, answer, verdict.reason, verdict))
            } else if small.isCommitted {
                failedLate(attempt, answer, verdict)
            } else if verdict.consequence == .error {
                cancelLarge()
                fail(.noLogprobs(route: route.name), verdict)
            } else {
                drawAudit()
                small.rejected = JudgedSmall(attempt, answer, verdict)
                afterRejection(verdict.reason)
            }
        }
    }

    /// It was let run, and the flight is over: large was quicker. What is to be learnt from its end is learnt now.
    private func ranOn(_ attempt: Attempt) {
        if small.rejected != nil, case .success(let answer) = attempt.result {
            small.rejected = JudgedSmall(attempt, answer, judge(answer))
            keepWhole()
        }
        settle()
    }

    /// Those it was being given to have it to its end; whoever else waits gets large's answer.
    private func failedLate(_ attempt: Attempt, _ answer: CompletionAnswer, _ verdict: Verdict) {
        auditForCertain()
        small.rejected = JudgedSmall(attempt, answer, verdict)
        let given = answered(attempt, answer, verdict.reason, verdict)
        guard let feed, flight.waiters > feed.begun else {
            reason = verdict.reason
            return give(given)
        }
        feed.withdraw(.answered(given))
        askLarge(because: verdict.reason)
    }

    /// The same where it broke off: those it was being given to are told so.
    private func brokeLate(_ attempt: Attempt, _ problem: AskProblem) {
        guard let feed, flight.waiters > feed.begun, !problem.isFinal else { return fail(problem) }
        small.failed = attempt
        feed.withdraw(.failed(FlightFailure(error: problem.error, asked: asked)))
        askLarge(because: .smallError(problem.kind))
    }

    /// Large's turn; if it has been started already, it goes on with small's reason.
    private func afterRejection(_ reason: VerdictReason) {
        hedgeTimer?.cancel()
        guard large.isAsked else { return askLarge(because: reason) }
        self.reason = reason
        if let problem = large.failed { largeFailed(problem) }
    }

    func cancelSmall() {
        guard let call = small.call else { return }
        small.call = nil
        note(call.cancel(), as: .small)
    }

    /// Small's answer as it is given.
    func answered(
        _ attempt: Attempt,
        _ answer: CompletionAnswer,
        _ verdict: VerdictReason,
        _ judged: Verdict
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
}
