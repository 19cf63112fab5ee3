import Completions
import Judgment
import Loop

/// How an exchange ended, in the words that metrics, access log and exchange records share.
struct Ending {
    let answer: FlightAnswer?
    let failure: FlightFailure?
    let cache: CacheState
    let asked: Asked
    /// Bytes of the body that was sent.
    let sent: Int
    let total: Duration
    let overhead: Duration

    init(_ outcome: FlightOutcome, cache: CacheState, sent: Int, marks: Marks, received: MonotonicTime) {
        switch outcome {
        case .answered(let answer): (self.answer, failure) = (answer, nil)
        case .failed(let failure): (answer, self.failure) = (nil, failure)
        }
        // A stored answer that the flight found in Redis is a hit, for whoever waited for it.
        self.cache = answer?.answeredBy == .cache ? .hit : cache
        self.sent = sent
        total = marks.answered - received
        asked = answer?.asked ?? failure?.asked ?? Asked()
        // Of a wait that ended without a flight's word (a deadline, a client that left) all was waiting.
        let waiting = asked.waiting == .zero && failure != nil ? marks.waited : asked.waiting
        overhead = max(.zero, total - (marks.arrived == nil ? waiting : min(waiting, marks.waited)))
    }

    var error: APIError? { failure?.error }
    var status: Int { failure?.error.status ?? 200 }
    var answeredBy: AnsweredBy? { answer?.answeredBy }
    var verdict: VerdictReason? { answer?.verdict ?? failure?.verdict?.reason }
    var judged: Verdict? { answer?.judged ?? failure?.verdict }
    var score: Double? { answer?.score ?? failure?.verdict?.score }

    /// US dollars for both models; nil for what was not paid here (a hit, another exchange's flight) or is not known.
    var cost: Double? {
        guard cache == .miss || cache == .bypass else { return nil }
        let costs = (asked.small?.cost, asked.large?.cost)
        return costs.0 == nil && costs.1 == nil ? nil : (costs.0 ?? 0) + (costs.1 ?? 0)
    }
}
