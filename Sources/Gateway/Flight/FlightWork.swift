// The work for one answer, between an exchange's `recall` and its `answer`:
//
//   recall (Redis) ── hit ─────────────────────────────────────────────────────────────────────► end
//        │ miss
//   ask small ─┬─ whole ─► judge ─ accept ───────────────────────────────────► remember ───────► end
//              │             └─ reject ┐
//              ├─ token by token ──────┤  (early_abort, hold: N: `FlightWork+Small.swift`)
//              │    └─ cannot pass ────┤
//              ├─ error ───────────────┴► ask large ─► judge ─► harvest ─► remember ───────────► end
//              └─ not accepted in time: large too, whichever is acceptable first (`FlightWork+Hedge.swift`)
//
// A flight belongs to no exchange: it goes on while one that waits for it is left, and is cancelled with the last one.
// It publishes after harvest, never before: nobody sees an answer of the large model whose candidate could still be
// lost. Of a stream that is passed through as it comes, what is known is harvested before its first event, and the rest
// before its last.
//
// It is plain calls on the worker's loop, no task: what either model brings is taken as it comes, and there may be two.
// `small` and `large` say how far each has got; every call ends in exactly one of `give`, `fail` and `cancel`.
//
// `understudy explain --ask` tells what would become of two whole answers (`ExplanationTrial.swift`): what follows from
// a verdict or an error is decided there once more, in the same order.

import Cache
import Completions
import HTTPClient
import HTTPServer
import Harvest
import Judgment
import Loop
import Routing
import Settings

/// One flight's work. Confined to the loop of the worker that started it; held by whatever it waits for.
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
    /// How old an answer in Redis may be, in seconds; nil: as old as it likes.
    let maxAge: Int?
    let deadline: MonotonicTime
    let flight: Flight<Landing>
    var asked = Asked()

    var small = SmallTurn()
    var large = LargeTurn()
    /// Why large was asked.
    var reason = VerdictReason.noSmall
    /// What is being given while it still comes.
    var feed: AnswerFeed?
    /// It was drawn for an audit; nil: not, or not judged yet, or the audit has it.
    var draw: Candidate.Audit?
    var hedgeTimer: LoopTimer?
    private(set) var isOver = false
    /// The record of the exchange that started it waits for the rest.
    private var afterwards: (() -> Void)?
    /// Ends the work where nobody waits any more. It holds the work, until it is made or the work is over.
    private var abandoned: LoopCall<Void>?

    /// How far small has got.
    struct SmallTurn {
        /// Under way, or nil.
        var call: ModelCall?
        /// Looks at its answer token by token.
        var watch: PrefixJudge?
        /// What came before it was decided to give it.
        var chunks: [AnswerChunk] = []
        /// It was judged, or found hopeless, and is not accepted.
        var rejected: JudgedSmall?
        /// It was accepted, and is to be audited.
        var accepted: JudgedSmall?
        /// It gave no answer.
        var failed: Attempt?
        /// Its beginning was given (`hold: N`): there is no way back.
        var isCommitted = false
    }

    /// How far large has got.
    struct LargeTurn {
        /// Under way, or nil.
        var call: ModelCall?
        var isAsked = false
        /// Its beginning is given, or is about to be.
        var isCommitted = false
        /// Its beginning is given.
        var isGiven = false
        var chunks: [AnswerChunk] = []
        /// What its candidate was called before: of a stream before its first event.
        var candidate: CandidateID?
        /// Its answer, where a small one that was let run was still coming: the candidate is to have that whole; and
        /// where both are to be compared.
        var given: (attempt: Attempt, answer: CompletionAnswer, checks: Verdict)?
        /// It failed while small still had a chance.
        var failed: AskProblem?
    }

    init(for exchange: Exchange, flight: Flight<Landing>) {
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
        maxAge = exchange.wishes.maxAge
        deadline = exchange.deadline
        self.flight = flight
    }

    var isSmallForced: Bool { choice.isSmallForced }

    /// - Parameter recalls: whether Redis is asked first.
    func begin(recalls: Bool) {
        let abandoned = LoopCall<Void>(on: station.loop) { [self] in cancel() }
        self.abandoned = abandoned
        flight.whenAbandoned { abandoned.make(()) }
        guard recalls, let key, let redis = station.redis else { return ask() }
        let started = MonotonicTime.now()
        redis.recall(key, unixMilliseconds: station.unixMilliseconds) { [self] found in
            asked.recall = MonotonicTime.now() - started
            guard !isOver else { return }
            guard let found, accepts(found.stored) else { return ask() }
            land(FlightAnswer(stored: found.stored, answer: found.answer, asked: asked))
        }
    }

    private func accepts(_ stored: CachedAnswer) -> Bool {
        guard stored.has(flight.wants), route.accepts(stored, unixMilliseconds: station.unixMilliseconds) else {
            return false
        }
        guard let maxAge else { return true }
        return stored.age(unixMilliseconds: station.unixMilliseconds) <= .seconds(maxAge)
    }

    private func ask() {
        if let model = route.small(choice) {
            askSmall(model)
        } else {
            askLarge(because: choice.reason ?? .noSmall)
        }
    }

    // MARK: The end

    /// Found in Redis: nothing was asked.
    private func land(_ answer: FlightAnswer) {
        guard over() else { return }
        if let stored = answer.stored {
            _ = flight.remember(stored, unixMilliseconds: station.unixMilliseconds)
        }
        flight.retire()
        flight.publish(.ended(.answered(answer)))
        settle()
    }

    func give(_ answer: FlightAnswer) {
        guard over() else { return }
        publish(.answered(answer))
        settle()
    }

    func fail(_ failure: FlightFailure) {
        guard over() else { return }
        if failure.isOutOfTime, feed == nil { expire(failure) } else { publish(.failed(failure)) }
        settle()
    }

    func fail(_ problem: AskProblem) {
        fail(
            FlightFailure(
                error: problem.error,
                verdict: small.rejected?.verdict,
                asked: asked,
                isOutOfTime: problem.isOutOfTime
            )
        )
    }

    func fail(_ error: APIError, _ verdict: Verdict?) {
        fail(FlightFailure(error: error, verdict: verdict, asked: asked))
    }

    private func over() -> Bool {
        if isOver { return false }
        isOver = true
        hedgeTimer?.cancel()
        hedgeTimer = nil
        abandoned?.forget()
        abandoned = nil
        return true
    }

    /// The last one who waited has left.
    private func cancel() {
        guard over() else { return }
        draw?.result = .failed
        draw?.note = "the client had left"
        cancelSmall()
        cancelLarge()
        draw = nil
        settle()
    }

    // MARK: What is known of it

    /// It is over, and no call of its is under way: what was asked and judged will not change any more.
    var isSettled: Bool { isOver && small.call == nil && large.call == nil }

    /// Calls back when it has settled: a small answer that is let run, or large's answer to those who did not get
    /// small's, may come long after the one who started the flight has had his.
    func whenSettled(_ call: @escaping () -> Void) {
        precondition(!isSettled && afterwards == nil, "whoever started a flight waits for its rest once")
        afterwards = call
    }

    func settle() {
        guard isSettled else { return }
        startAudit()
        guard let call = afterwards.take() else { return }
        call()
    }
}

extension FlightWork: ModelCallOwner {
    func grew(_ call: ModelCall, by piece: AnswerPiece) {
        if call === small.call { smallGrew(call, piece) } else { largeGrew(call, piece) }
    }

    func hasRead(_ call: ModelCall) {
        if call === small.call { smallHasRead(call) } else { largeHasRead(call) }
    }

    func ended(_ call: ModelCall, _ attempt: Attempt) {
        if call === small.call { smallEnded(attempt) } else { largeEnded(attempt) }
    }
}

@available(*, unavailable, message: "confined to its worker's loop")
extension FlightWork: Sendable {}
