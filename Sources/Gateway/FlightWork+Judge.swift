import Completions
import Judgment
import Loop

extension FlightWork {
    /// Refusal, checks, confidence: the small answer's verdict.
    func judge(_ answer: CompletionAnswer) -> Verdict {
        let started = MonotonicTime.now()
        let context = self.context
        let verdict = route.judge.judge(answer, context: context, scratch: station.scratch)
        asked.scores = Scores(answer, context: context)
        asked.judgeSmall = MonotonicTime.now() - started
        return verdict
    }

    /// The large model's answer is held to the same checks, without confidence: there is nobody to fall back to.
    func judgeLarge(_ answer: CompletionAnswer) -> Verdict {
        let started = MonotonicTime.now()
        let verdict = route.largeJudge.judge(answer, context: context, scratch: station.scratch)
        asked.largeChecks = verdict.checks
        asked.judgeLarge = MonotonicTime.now() - started
        return verdict
    }

    private var context: JudgingContext { JudgingContext(for: request) }
}
