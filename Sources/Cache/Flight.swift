// A flight is the work for one answer, and everybody who waits for it (CONTRACTS section 1). It belongs to no
// exchange: the worker that started it does the work, and every client, the first one too, is a waiter. Flights and
// waiters are shared by all workers; a waiter goes on where it waited, on its own worker's loop.
//
//     board ──> flying ──publish──> landed     an outcome, an error as well as an answer, goes to all waiters
//                 │ └─open──> open ──publish──> landed
//                 │                            a stream has begun: waiters get something to follow, the work goes on
//                 ├───expire──> expired        its own deadline: whoever has time left boards again, and
//                 │                            since boarding is atomic, they start one new flight together
//                 └─last leaves─> abandoned    the work is cancelled; also of an open flight
//
// Listed or not is a second state: a listed flight is found by those who board. It is listed from its start until it
// is retired (after the SET was answered, so that there is no moment at which an answer is neither in flight nor in
// a cache), expires, is abandoned, or its key is dropped. Only a listed flight remembers: thus a flight begun before
// a drop, or one that was given up and ends late, puts nothing into a cache. A flight that is alone never was listed.
//
// Locks: the shard's lock guards the list of flights, the flight's lock the flight. Where both are held, the shard's
// was taken first. Waiters are called, and the work is cancelled, with no lock held.

public import Loop

/// How a waiter's wait ended.
public enum Arrival<Outcome: Sendable>: Sendable {
    /// The outcome that all waiters of the flight share.
    case landed(Outcome)
    /// The flight ended by its own deadline. Who has time left boards again.
    case expired
}

/// The work for one answer. Who does it calls, in this order: ``whenAbandoned(_:)``, ``settleHarvest()``, ``open(_:)``
/// where the answer is a stream, ``remember(_:now:unixMilliseconds:)``, ``publish(_:)`` or ``expire()``, ``retire()``.
public final class Flight<Outcome: Sendable>: Sendable {
    public let key: CacheKey
    /// At least these log-probabilities will be in its answer.
    public let wants: LogprobWants

    /// Weak: the board lists its flights, and one that is never retired must not keep it.
    @usableFromInline weak let board: AnswerBoard<Outcome>?
    @usableFromInline let state: Lock<State>

    @usableFromInline enum Phase: Sendable {
        case flying
        case open(Outcome)
        case landed(Outcome)
        case expired
        case abandoned

        @inlinable var isUnderWay: Bool {
            switch self {
            case .flying, .open: true
            case .landed, .expired, .abandoned: false
            }
        }
    }

    @usableFromInline enum Seat: Sendable {
        /// Taken by a waiter that has not come to wait yet.
        case taken
        /// To be called when the flight ends.
        case waiting(LoopCall<Arrival<Outcome>>)
        case left
    }

    @usableFromInline struct State: Sendable {
        @usableFromInline var phase = Phase.flying
        @usableFromInline var seats: [Seat] = [.taken]
        /// Seats that are not left.
        @usableFromInline var present = 1
        @usableFromInline var cancel: (@Sendable () -> Void)?
        @usableFromInline var listed = true
        @usableFromInline var retireWhenLanded = false
        @usableFromInline var forbidsStore: Bool
        @usableFromInline var harvestSettled = false
        @usableFromInline var dropped = false

        /// With the one who starts the flight.
        @inlinable init(forbidsStore: Bool) { self.forbidsStore = forbidsStore }
    }

    @inlinable init(_ key: CacheKey, wants: LogprobWants, forbidsStore: Bool, board: AnswerBoard<Outcome>?) {
        self.key = key
        self.wants = wants
        self.board = board
        state = Lock(State(forbidsStore: forbidsStore))
    }

    /// A flight of one exchange alone: nobody finds it, and it remembers nothing.
    @inlinable public static func alone(
        _ key: CacheKey,
        wants: LogprobWants,
        forbidsStore: Bool
    ) -> (Flight, Waiter<Outcome>) {
        let flight = Flight(key, wants: wants, forbidsStore: forbidsStore, board: nil)
        flight.markUnlisted(dropped: false)
        return (flight, Waiter(flight, seat: 0))
    }

    // MARK: for the work

    /// - Parameter cancel: called once, on any thread, when the last waiter leaves before the end; inside this call if
    ///   that has happened.
    @inlinable public func whenAbandoned(_ cancel: @escaping @Sendable () -> Void) {
        let isAbandoned = state.withLock { state in
            if case .abandoned = state.phase { return true }
            state.cancel = cancel
            return false
        }
        if isAbandoned { cancel() }
    }

    /// Decides, once, whether the flight may make a candidate: false if any waiter said `store: false`. From here
    /// until the flight has landed, one who says so does not join any more, but starts a flight that makes none.
    @inlinable public func settleHarvest() -> Bool {
        state.withLock { state in
            state.harvestSettled = true
            return !state.forbidsStore
        }
    }

    /// Puts the answer into the in-process cache, before ``publish(_:)``.
    /// - Returns: whether it may be remembered at all. False where the key was dropped since the flight began, the
    ///   flight was given up, or the answer has no time to live: then it is not for Redis either.
    @inlinable public func remember(
        _ answer: CachedAnswer,
        now: MonotonicTime = .now(),
        unixMilliseconds: Int64
    ) -> Bool {
        precondition(answer.key == key, "A flight remembers an answer under its own key only.")
        let remaining = answer.remaining(unixMilliseconds: unixMilliseconds)
        guard remaining > .zero else { return false }
        return board?.store(Entry(answer, expires: now.advanced(by: remaining)), of: self) ?? false
    }

    /// Gives every waiter something to follow while the work goes on; those who join later get it too, until
    /// ``publish(_:)`` has something better for them.
    @inlinable public func open(_ outcome: Outcome) {
        end(as: .open(outcome), arrival: .landed(outcome))
    }

    /// Gives every waiter the outcome. The flight stays joinable until ``retire()``.
    @inlinable public func publish(_ outcome: Outcome) {
        end(as: .landed(outcome), arrival: .landed(outcome))
    }

    /// The flight ended by its own deadline. No effect once it has ended in any way.
    @inlinable public func expire() {
        end(as: .expired, arrival: .expired)
    }

    /// Nobody joins any more: the answer is where it will be found, or will not be stored. Before ``publish(_:)`` it
    /// counts from then on, so that a SET that fails at once does not hide a flight that has not landed.
    @inlinable public func retire() {
        let unlist = state.withLock { state in
            switch state.phase {
            case .flying, .open:
                state.retireWhenLanded = true
                return false
            case .landed, .expired, .abandoned: return state.listed
            }
        }
        if unlist { board?.unlist(self) }
    }

    /// Whether its key was dropped since it began.
    @inlinable public var isDropped: Bool { state.withLock { $0.dropped } }

    /// Waiters that have not left.
    @inlinable public var waiters: Int { state.withLock { $0.present } }

    @inlinable func end(as phase: Phase, arrival: Arrival<Outcome>) {
        let (unlist, seats) = state.withLock { state -> (Bool, [Seat]) in
            guard state.phase.isUnderWay else { return (false, []) }
            state.phase = phase
            var unlist = false
            switch phase {
            case .expired: unlist = true
            case .landed: unlist = state.retireWhenLanded
            case .flying, .open, .abandoned: break
            }
            if !phase.isUnderWay { state.cancel = nil }
            let seats = state.seats
            // Those who have not come to wait yet find the phase when they do.
            for (seat, held) in seats.enumerated() { if case .waiting = held { state.seats[seat] = .taken } }
            return (unlist && state.listed, seats)
        }
        // Out of the list first: a waiter that boards again at once must not find this flight.
        if unlist { board?.unlist(self) }
        for seat in seats { if case .waiting(let call) = seat { call.make(arrival) } }
    }
}
