// The life of an exchange, from socket to socket, in eight verbs; metrics, log fields and tests use the same words.
//
//   receive → choose → recall → ask → judge → harvest → answer → remember
//
// An `Exchange` is one client's request: it receives, chooses and recalls, and in the end answers and remembers. What
// lies between, the work for one answer, is a flight's (`FlightWork.swift`: recall from Redis, ask, judge, harvest),
// because several exchanges may wait for the same answer: the flight belongs to none of them, and goes on while one is
// left.
//
// An exchange is plain calls on the worker's loop: it is called back where its flight ends, or where its answer begins
// to come as a stream, which it follows (`Exchange+Stream.swift`). An answer that is in the in-process cache needs no
// flight.
//
// Invariants
// - Exactly one answer goes to the responder, or the client has left; exactly one record is kept (`conclude`).
// - An exchange keeps the settings it was received with (`lines`), also across a reload.

import Cache
import Completions
import Digest
import HTTPServer
import Harvest
import Judgment
import Loop
import Routing
import Settings

/// One request and its answer. Confined to its worker's loop.
final class Exchange {
    let station: Station
    let lines: Lines
    let http: HTTPRequest
    let responder: Responder
    let requestID: RequestID
    let dialect: Dialect
    let deadline: MonotonicTime

    var client: ClientKey?
    var wishes = ClientWishes()
    var request: CompletionRequest?
    var choice: RouteChoice?
    var route: ServedRoute?
    /// What of this request is in a cache key.
    var material: Digest32?
    var key: CacheKey?
    /// This exchange's place among those that its client key may have at once.
    var place: KeyLimits.Account?
    var marks = Marks()
    private(set) var waiter: Waiter<Landing>?
    /// Of the flight that this exchange has started.
    var work: FlightWork?
    /// What the answer will be to this exchange, while it is waited for.
    private(set) var waitsFor = CacheState.bypass
    private(set) var deadlineTimer: LoopTimer?
    private(set) var isConcluded = false

    /// Where the client asked for a stream.
    var stream: ClientStream?
    var silenceTimer: LoopTimer?
    /// The flight's answer as it comes, and our place in it.
    var feed: AnswerFeed?
    var follower: Follower?

    init(station: Station, http: HTTPRequest, responder: Responder, requestID: RequestID, dialect: Dialect) {
        self.station = station
        lines = station.lines
        self.http = http
        self.responder = responder
        self.requestID = requestID
        self.dialect = dialect
        deadline = http.received.advanced(by: lines.snapshot.settings.server.deadline)
        station.underWay += 1
    }

    /// From the request to its answer, or to the flight that will bring it.
    func begin() {
        do throws(APIError) {
            try receive()
            if let prepared = recallByBody() { return conclude(prepared) }
            try readBody()
            try choose()
        } catch {
            return conclude(.failed(FlightFailure(error: error)), cache: .bypass)
        }
        board()
    }

    /// Recall: from the in-process cache, or with the flight that has it in hand, or by starting that flight.
    private func board() {
        let forbidsStore = request?.store == false || client?.harvest == .never
        guard let key = recallKey() else {
            let (flight, waiter) = Flight<Landing>.alone(key ?? .none, wants: wants, forbidsStore: forbidsStore)
            lead(flight, recalls: false)
            return wait(waiter, cache: .bypass)
        }
        switch station.shared.board.board(key, wants: wants, forbidsStore: forbidsStore, accepts: accepts) {
        case .hit(let stored):
            conclude(.answered(FlightAnswer(stored: stored, answer: stored.answer)), cache: .hit)
        case .joined(let waiter):
            // Somebody else's flight has a deadline of its own; this exchange's may come first.
            let timer = LoopTimer(on: station.loop, owner: self)
            timer.arm(after: deadline - .now())
            deadlineTimer = timer
            wait(waiter, cache: .shared)
        case .leads(let flight, let waiter):
            lead(flight, recalls: true)
            wait(waiter, cache: .miss)
        }
    }

    private func lead(_ flight: Flight<Landing>, recalls: Bool) {
        let work = FlightWork(for: self, flight: flight)
        self.work = work
        work.begin(recalls: recalls)
    }

    // MARK: Waiting

    private func wait(_ waiter: Waiter<Landing>, cache: CacheState) {
        responder.owner = self
        marks.boarded = .now()
        waitsFor = cache
        self.waiter = waiter
        if stream != nil { listenForSilence() }
        waiter.whenArrived(on: station.loop) { [self] in arrived($0) }
    }

    private static let outOfTime = APIError.timedOut("The exchange's deadline passed before an answer was found.")

    private func arrived(_ arrival: Arrival<Landing>) {
        guard !isConcluded else { return }
        switch arrival {
        case .landed(.ended(.answered(let answer))) where answer.stored.map(accepts) == false:
            // Another exchange's flight found it in Redis, and to this client it is too old.
            boardAgain()
        case .landed(.ended(let outcome)):
            conclude(outcome, cache: waitsFor)
        case .landed(.streaming(let feed)):
            follow(feed)
        case .expired where hasTimeLeft:
            boardAgain()
        case .expired:
            conclude(.failed(FlightFailure(error: Self.outOfTime)), cache: waitsFor)
        }
    }

    /// Enough to wait for another flight.
    var hasTimeLeft: Bool { deadline - .now() > .milliseconds(1) }

    func boardAgain() {
        cancelDeadline()
        work = nil
        board()
    }

    func cancelDeadline() {
        deadlineTimer?.cancel()
        deadlineTimer = nil
    }

    // MARK: The end

    /// Answer and remember, once.
    func conclude(_ outcome: FlightOutcome, cache: CacheState) {
        guard !isConcluded else { return }
        isConcluded = true
        marks.arrived = .now()
        cancelDeadline()
        let followed = feed
        stopFollowing()
        waiter = nil
        responder.owner = nil
        leavePlace()
        let sent: Int
        switch outcome {
        case .answered(let answer): sent = send(answer, cache: cache)
        case .failed(let failure): sent = send(failure.error)
        }
        // The events of a stream go with its feed, which takes longer than to send one: others may wait for theirs.
        let rememberAll = { [self] in
            withExtendedLifetime(followed) { remember(outcome, cache: cache, sent: sent) }
            station.underWay -= 1
        }
        if stream == nil { rememberAll() } else { station.loop.whenIdle(rememberAll) }
    }

    /// The same for an answer whose bytes are ready.
    private func conclude(_ prepared: PreparedAnswer) {
        isConcluded = true
        station.underWay -= 1
        leavePlace()
        send(prepared)
        // Nobody else prepares answers.
        unsafeDowncast(prepared.facts, to: KeptHit.self).remember(self)
    }

    /// Before the answer goes: whoever has it may ask the next question.
    private func leavePlace() {
        place?.leave()
        place = nil
    }

    /// The client has left, or gets no answer any more: the flight is told so.
    private func abandon(_ error: APIError) {
        guard !isConcluded else { return }
        waiter?.leave()
        conclude(.failed(FlightFailure(error: error)), cache: waitsFor)
    }
}

extension Exchange: ResponderOwner {
    func clientGone(_ responder: Responder) {
        abandon(.clientGone)
    }

    func outputDrained(_ responder: Responder) {
        readerCaughtUp()
    }

    func serverCloses(_ responder: Responder) {
        abandon(.draining)
    }
}

extension Exchange: TimerOwner {
    func timerFired(_ timer: LoopTimer) {
        if timer === silenceTimer { breakSilence() } else { abandon(Self.outOfTime) }
    }
}

@available(*, unavailable, message: "confined to its worker's loop")
extension Exchange: Sendable {}
