import Cache
import Completions
import Digest
import Judgment
import Loop
import Routing
import Settings

extension FlightWork {
    /// Into the in-process cache and on its way to Redis, then to the waiters. The flight stays joinable until Redis
    /// has answered, so that there is no moment at which the answer is neither in flight nor stored.
    @inline(never)
    func publish(_ outcome: FlightOutcome) {
        count(outcome)
        guard case .answered(let answer) = outcome, let entry = entry(for: answer),
            flight.remember(entry, unixMilliseconds: station.unixMilliseconds)
        else {
            // Nothing will be found in a cache, so nobody may come in between either: who asks again asks anew.
            flight.retire()
            return land(outcome)
        }
        station.redis?.set(entry.key, entry.encode(), ttl: entry.ttl, owner: flight)
        // Without Redis the answer is where it will be found.
        if station.redis == nil { flight.retire() }
        land(outcome)
    }

    /// Unpublished: waiters with time left start one new flight together.
    func expire(_ failure: FlightFailure) {
        count(.failed(failure))
        flight.expire()
    }

    /// What was asked and judged, whoever is left to hear of it.
    private func count(_ outcome: FlightOutcome) {
        let (verdict, asked) =
            switch outcome {
            case .answered(let answer): (answer.verdict as VerdictReason?, answer.asked)
            case .failed(let failure): (failure.verdict?.reason, failure.asked)
            }
        let meters = station.meters
        if let verdict { meters.verdict(route.meter, verdict) }
        if asked.recall > .zero { meters.spent(asked.recall, in: .recall) }
        if asked.waiting > .zero { meters.spent(asked.waiting, in: .ask) }
        if asked.small != nil { meters.spent(asked.judgeSmall, in: .judge) }
        if asked.kept != nil { meters.spent(asked.harvest, in: .harvest) }
        countTrial(outcome, asked)
    }

    /// On one side of a trial: whether small's answer was taken, whether there was one, and how long all of it took.
    /// Only where the model that is on trial, or its control, was asked.
    private func countTrial(_ outcome: FlightOutcome, _ asked: Asked) {
        guard choice.role == .small, choice.model.name == route.settings.small?.name, !isSmallForced else { return }
        guard asked.small != nil else { return }
        var isFallback = true
        var isError = asked.small?.failure != nil
        switch outcome {
        case .answered(let answer): isFallback = answer.answeredBy != .small || answer.verdict != .accept
        case .failed: isError = true
        }
        if !isFallback { route.service.answered(at: station.unixMilliseconds) }
        guard let arm = route.arm else { return }
        let began = deadline.advanced(by: .zero - lines.snapshot.settings.server.deadline)
        arm.tally.add(arm.side, isFallback: isFallback, isError: isError, took: MonotonicTime.now() - began)
    }

    private func land(_ outcome: FlightOutcome) {
        flight.publish(.ended(outcome))
        feed?.end(outcome)
    }

    /// What is stored: accepted, whole answers only.
    private func entry(for answer: FlightAnswer) -> CachedAnswer? {
        guard let key, mayRemember, answer.isRememberable, let read = answer.answer,
            read.choices.count >= request.choices
        else { return nil }
        let isSmall = answer.answeredBy == .small
        return CachedAnswer(
            key: key,
            answer: read,
            answeredBy: isSmall ? .small : .large,
            model: answer.model,
            verdict: answer.verdict.rawValue,
            score: isSmall ? answer.score : nil,
            scoreName: isSmall ? route.settings.confidence?.scoreName : nil,
            storedAt: station.unixMilliseconds,
            ttl: route.settings.caching.ttl,
            topLogprobs: read.hasLogprobs ? answer.alternatives : nil
        )
    }
}

extension FlightAnswer {
    /// Accepted, and whole.
    var isRememberable: Bool { mayBeRemembered && answer?.isWhole ?? false }
}

extension CompletionAnswer {
    /// Every choice ended by itself, with `stop` or `tool_calls`.
    var isWhole: Bool {
        !choices.isEmpty && choices.allSatisfy { $0.finishReason == .stop || $0.finishReason == .toolCalls }
    }

    fileprivate var hasLogprobs: Bool { choices.indices.allSatisfy { choices[$0].logprobs?.count != nil } }
}
