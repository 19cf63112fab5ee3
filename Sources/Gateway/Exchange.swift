// The life of an exchange, from socket to socket, in eight verbs; metrics, log fields and tests use the same words.
//
//   receive → choose → recall → ask → judge → harvest → answer → remember
//
// An `Exchange` is one client's request: it receives, chooses and recalls, and in the end answers and remembers. What
// lies between, the work for one answer, is a flight's (`FlightWork.swift`: recall from Redis, ask, judge, harvest),
// because several exchanges may wait for the same answer: the flight belongs to none of them, and goes on while one is
// left.
//
// An exchange is plain calls on the worker's loop: it is called back where its flight ends. The flight is a task, and
// suspends once per step; an answer that is in the in-process cache needs neither.
//
// Invariants
// - Exactly one answer goes to the responder, or the client has left; exactly one record is kept (`conclude`).
// - An exchange keeps the settings it was received with (`lines`), also across a reload.

import Cache
import Completions
import Digest
import HTTPServer
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
    /// The work that is done for this exchange alone.
    private var work: Task<Void, Never>?
    private var waiter: Waiter<FlightOutcome>?
    /// What the answer will be to this exchange, while it is waited for.
    private var waitsFor = CacheState.bypass
    private var deadlineTimer: LoopTimer?
    private var isConcluded = false

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
        guard let key = recallKey() else {
            return run(FlightWork(for: self, flight: nil))
        }
        let forbidsStore = request?.store == false || client?.harvest == .never
        switch station.shared.board.board(key, wants: wants, forbidsStore: forbidsStore, accepts: accepts) {
        case .hit(let stored):
            conclude(.answered(FlightAnswer(stored: stored, answer: stored.answer)), cache: .hit)
        case .joined(let waiter):
            waitForOther(waiter)
        case .leads(let flight, let waiter):
            station.start(FlightWork(for: self, flight: flight), for: flight)
            waitForOwn(waiter)
        }
    }

    // MARK: Waiting

    /// Neither joins nor leads: the work is done for this exchange alone.
    private func run(_ work: FlightWork) {
        responder.owner = self
        self.work = station.worker.enter((self, work)) { worker, pair in
            Task.immediate(executorPreference: worker.loop) {
                _ = worker
                pair.0.conclude(await pair.1.run(), cache: .bypass)
            }
        }
    }

    private func waitForOwn(_ waiter: Waiter<FlightOutcome>) {
        responder.owner = self
        attend(waiter, cache: .miss)
    }

    /// Somebody else's flight has a deadline of its own; this exchange's may come first.
    private func waitForOther(_ waiter: Waiter<FlightOutcome>) {
        responder.owner = self
        let timer = LoopTimer(on: station.loop, owner: self)
        timer.arm(after: deadline - .now())
        deadlineTimer = timer
        attend(waiter, cache: .shared)
    }

    private func attend(_ waiter: Waiter<FlightOutcome>, cache: CacheState) {
        marks.boarded = .now()
        waitsFor = cache
        self.waiter = waiter
        waiter.whenArrived(on: station.loop) { [self] in arrived($0, cache: cache) }
    }

    private static let outOfTime = APIError.timedOut("The exchange's deadline passed before an answer was found.")

    private func arrived(_ arrival: Arrival<FlightOutcome>, cache: CacheState) {
        guard !isConcluded else { return }
        marks.arrived = .now()
        switch arrival {
        case .landed(.answered(let answer)) where answer.stored.map(accepts) == false:
            // Another exchange's flight found it in Redis, and to this client it is too old.
            deadlineTimer?.cancel()
            board()
        case .landed(let outcome):
            conclude(outcome, cache: cache)
        case .expired where deadline - .now() > .milliseconds(1):
            deadlineTimer?.cancel()
            board()
        case .expired:
            conclude(.failed(FlightFailure(error: Self.outOfTime)), cache: cache)
        case .left:
            // Only `clientGone` and the deadline make an exchange leave, and both have concluded it.
            break
        }
    }

    // MARK: The end

    /// Answer and remember, once.
    func conclude(_ outcome: FlightOutcome, cache: CacheState) {
        guard !isConcluded else { return }
        isConcluded = true
        deadlineTimer?.cancel()
        waiter = nil
        responder.owner = nil
        station.underWay -= 1
        leavePlace()
        let sent: Int
        switch outcome {
        case .answered(let answer): sent = send(answer, cache: cache)
        case .failed(let failure): sent = send(failure.error)
        }
        remember(outcome, cache: cache, sent: sent)
    }

    /// The same for an answer whose bytes are ready.
    private func conclude(_ prepared: PreparedAnswer) {
        guard let route = lines.snapshot.routes[prepared.route] else { preconditionFailure("a route that nobody has") }
        isConcluded = true
        station.underWay -= 1
        leavePlace()
        self.route = route
        send(prepared)
        let answer = FlightAnswer(stored: prepared.answer, answer: nil)
        remember(.answered(answer), cache: .hit, sent: prepared.body.count)
    }

    /// Before the answer goes: whoever has it may ask the next question.
    private func leavePlace() {
        place?.leave()
        place = nil
    }

    /// The client has left: nobody needs an answer, and the flight is told so.
    private func abandon(_ error: APIError) {
        guard !isConcluded else { return }
        marks.arrived = .now()
        waiter?.leave()
        work?.cancel()
        conclude(.failed(FlightFailure(error: error)), cache: waitsFor)
    }
}

extension Exchange: ResponderOwner {
    func clientGone(_ responder: Responder) {
        abandon(.clientGone)
    }

    func outputDrained(_ responder: Responder) {}
}

extension Exchange: TimerOwner {
    func timerFired(_ timer: LoopTimer) {
        abandon(Self.outOfTime)
    }
}

@available(*, unavailable, message: "confined to its worker's loop")
extension Exchange: Sendable {}
