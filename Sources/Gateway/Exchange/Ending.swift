import Completions
import Judgment
import Loop

/// How an exchange ended, in the words that metrics, access log and exchange records share.
struct Ending {
    let answer: FlightAnswer?
    let failure: FlightFailure?
    let cache: CacheState
    private(set) var asked: Asked
    /// The small answer's verdict, where it was known only when the flight had settled.
    private var settled: Verdict?
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

    /// The same for the record of the exchange that started the flight, which holds all that the flight has asked and
    /// judged: also what came after its answer, or instead of one.
    func settled(by work: FlightWork) -> Ending {
        // An answer says all of it, unless it was given before all was known.
        if answer != nil, work.feed == nil, work.asked.small?.refutedAt == nil { return self }
        var ending = self
        ending.asked = work.asked
        ending.settled = work.small.rejected?.verdict
        return ending
    }

    var error: APIError? { failure?.error }
    var status: Int { failure?.error.status ?? 200 }
    var answeredBy: AnsweredBy? { answer?.answeredBy }
    var verdict: VerdictReason? { answer?.verdict ?? failure?.verdict?.reason ?? settled?.reason }
    var judged: Verdict? { settled ?? answer?.judged ?? failure?.verdict }
    var score: Double? { settled?.score ?? answer?.score ?? failure?.verdict?.score }

    /// US dollars for both models; nil for what was not paid here (a hit, another exchange's flight) or is not known.
    var cost: Double? {
        guard cache == .miss || cache == .bypass else { return nil }
        let costs = (asked.small?.cost, asked.large?.cost)
        return costs.0 == nil && costs.1 == nil ? nil : (costs.0 ?? 0) + (costs.1 ?? 0)
    }
}
