import Completions
import HTTPServer
import Judgment
import Logging
import Loop
import Settings

extension FlightWork {
    /// Refusal, checks, confidence: the small answer's verdict.
    func judge(_ answer: CompletionAnswer) -> Verdict {
        let started = MonotonicTime.now()
        let context = judgingContext
        let verdict = route.judge.judge(answer, context: context, scratch: station.scratch)
        asked.scores = Scores(answer, context: context)
        asked.judgeSmall = MonotonicTime.now() - started
        return verdict
    }

    /// The large model's answer is held to the same checks, without confidence: there is nobody to fall back to. Where
    /// it has fewer choices than were asked for, those it has are given.
    func judgeLarge(_ answer: CompletionAnswer) -> Verdict {
        let started = MonotonicTime.now()
        var context = judgingContext
        context.choices = 1
        let verdict = route.largeJudge.judge(answer, context: context, scratch: station.scratch)
        asked.largeChecks = verdict.checks
        asked.judgeLarge = MonotonicTime.now() - started
        return verdict
    }

    var judgingContext: JudgingContext { JudgingContext(for: request) }

    /// One call is over: what it cost, for the record, the metrics and the ceiling on spending.
    func note(_ attempt: Attempt, as role: ModelRole) {
        var call = attempt.call
        switch role {
        case .small:
            if let path = small.rejected?.attempt, let place = path.cutAt {
                // Let run after it was found hopeless: nobody waited for the rest. If that did not come, it was cut
                // there.
                if call.failure != nil { call = path.call }
                call.took = path.call.took
                call.refutedAt = place
            }
            asked.small = call
        case .large: asked.large = call
        }
        station.meters.asked(attempt.model, role, attempt.call)
        if role == .large, let cost = call.cost { route.spend?.add(cost, at: Int(station.unixMilliseconds)) }
    }

    func warn(of problem: AskProblem, _ attempt: Attempt) {
        guard problem.kind == .malformed else { return }
        station.shared.log.warning(
            "a model's answer cannot be read",
            metadata: [
                "model": "\(attempt.model.name)", "request_id": "\(requestID.text)", "what": "\(problem.detail ?? "")",
            ]
        )
    }
}
