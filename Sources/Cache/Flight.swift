// A flight is the work for one answer, and everybody who waits for it (CONTRACTS section 1). It belongs to no
// exchange: the worker that started it runs it as a task of its own, and every client, the first one too, is a
// waiter. Flights and waiters are shared by all workers; a waiter goes on where it waited, on its own worker's loop.
//
//     board ──> flying ──publish──> landed     an outcome, an error as well as an answer, goes to all waiters
//                 │  └────expire──> expired    its own deadline: whoever has time left boards again, and
//                 │                            since boarding is atomic, they start one new flight together
//                 └───last leaves─> abandoned  the flight's task is cancelled
//
// Listed or not is a second state: a listed flight is found by those who board. It is listed from its start until it
// is retired (after the SET was answered, so that there is no moment at which an answer is neither in flight nor in
// a cache), expires, is abandoned, or its key is dropped. Only a listed flight remembers: thus a flight begun before
// a drop, or one that was given up and ends late, puts nothing into a cache.
//
// Locks: the shard's lock guards the list of flights, the flight's lock the flight. Where both are held, the shard's
// was taken first. Waiters are resumed, and the task is cancelled, with no lock held.
//
// A seat is what a flight knows of a waiter. Streams will give the flight an append-only answer, and a seat a cursor
// in it and a way to wake its reader; `outcome()` stays what it is: the end of the flight.

public import Loop

/// How a waiter's wait ended.
public enum Arrival<Outcome: Sendable>: Sendable {
    /// The outcome that all waiters of the flight share.
    case landed(Outcome)
    /// The flight ended by its own deadline. Who has time left boards again.
    case expired
    /// The waiter itself left, or its task was cancelled.
    case left
}

/// The work for one answer. The task that does it calls, in this order: ``attach(_:)``, ``settleHarvest()``,
/// ``remember(_:now:unixMilliseconds:)``, ``publish(_:)``, ``retire()``; and ``expire()`` in a `defer`, so that no way
/// out of it leaves waiters behind.
public final class Flight<Outcome: Sendable>: Sendable {
    public let key: CacheKey
    /// At least these log-probabilities will be in its answer.
    public let wants: LogprobWants

    /// Weak: the board lists its flights, and one that is never retired must not keep it.
    @usableFromInline weak let board: AnswerBoard<Outcome>?
    @usableFromInline let state: Lock<State>

    @usableFromInline enum Phase: Sendable {
        case flying
        case landed(Outcome)
        case expired
        case abandoned
    }

    @usableFromInline enum Seat: Sendable {
        /// Taken by a waiter that has not come to wait yet.
        case taken
        case waiting(UnsafeContinuation<Arrival<Outcome>, Never>)
        case calling(ArrivalCall<Outcome>)
        case left

        @inlinable var isWaiting: Bool {
            switch self {
            case .waiting, .calling: true
            case .taken, .left: false
            }
        }
    }

    @usableFromInline struct State: Sendable {
        @usableFromInline var phase = Phase.flying
        @usableFromInline var seats: [Seat] = [.taken]
        /// Seats that are not left.
        @usableFromInline var present = 1
        @usableFromInline var task: Task<Void, Never>?
        @usableFromInline var listed = true
        @usableFromInline var retireWhenLanded = false
        @usableFromInline var forbidsStore: Bool
        @usableFromInline var harvestSettled = false
        @usableFromInline var dropped = false

        /// With the one who starts the flight.
        @inlinable init(forbidsStore: Bool) { self.forbidsStore = forbidsStore }
    }

    @inlinable init(_ key: CacheKey, wants: LogprobWants, forbidsStore: Bool, board: AnswerBoard<Outcome>) {
        self.key = key
        self.wants = wants
        self.board = board
        state = Lock(State(forbidsStore: forbidsStore))
    }

    // MARK: for the task of the flight

    /// The task that does the work: it is cancelled when the last waiter leaves, at once if that has happened.
    @inlinable public func attach(_ task: Task<Void, Never>) {
        let cancel = state.withLock { state in
            if case .flying = state.phase { state.task = task }
            if case .abandoned = state.phase { return true }
            return false
        }
        if cancel { task.cancel() }
    }

    /// Whether any waiter so far said `store: false`.
    @inlinable public var storeForbidden: Bool { state.withLock { $0.forbidsStore } }

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
            if case .flying = state.phase {
                state.retireWhenLanded = true
                return false
            }
            return state.listed
        }
        if unlist { board?.unlist(self) }
    }

    /// Whether its key was dropped since it began.
    @inlinable public var isDropped: Bool { state.withLock { $0.dropped } }

    /// Waiters that have not left.
    @inlinable public var waiters: Int { state.withLock { $0.present } }

    @inlinable func end(as phase: Phase, arrival: Arrival<Outcome>) {
        let (unlist, seats) = state.withLock { state -> (Bool, [Seat]) in
            guard case .flying = state.phase else { return (false, []) }
            state.phase = phase
            state.task = nil
            var unlist = state.retireWhenLanded
            if case .expired = phase { unlist = true }
            let seats = state.seats
            // Those who have not come to wait yet find the phase when they do.
            for seat in seats.indices where seats[seat].isWaiting { state.seats[seat] = .taken }
            return (unlist && state.listed, seats)
        }
        // Out of the list first: a waiter that boards again at once must not find this flight.
        if unlist { board?.unlist(self) }
        for seat in seats {
            switch seat {
            case .waiting(let continuation): continuation.resume(returning: arrival)
            case .calling(let call): call.make(arrival)
            case .taken, .left: break
            }
        }
    }

    // MARK: for the board, which holds the shard's lock

    /// A seat for another waiter.
    /// - Returns: nil where the flight cannot be joined by this one.
    @inlinable func join(wants: LogprobWants, forbidsStore: Bool) -> Int? {
        guard wants <= self.wants else { return nil }
        return state.withLock { state in
            switch state.phase {
            case .flying: if forbidsStore && state.harvestSettled && !state.forbidsStore { return nil }
            case .landed: break
            case .expired, .abandoned: return nil
            }
            if forbidsStore { state.forbidsStore = true }
            state.seats.append(.taken)
            state.present += 1
            return state.seats.count - 1
        }
    }

    @inlinable var isListed: Bool { state.withLock { $0.listed } }

    @inlinable func markUnlisted(dropped: Bool) {
        state.withLock { state in
            state.listed = false
            if dropped { state.dropped = true }
        }
    }

    // MARK: for its waiters

    @inlinable func wait(in seat: Int) async -> Arrival<Outcome> {
        await withUnsafeContinuation { continuation in
            let arrival = state.withLock { state -> Arrival<Outcome>? in
                if case .left = state.seats[seat] { return .left }
                switch state.phase {
                case .landed(let outcome): return .landed(outcome)
                case .expired: return .expired
                case .flying, .abandoned:
                    if case .waiting = state.seats[seat] { preconditionFailure("A waiter waits once at a time.") }
                    state.seats[seat] = .waiting(continuation)
                    return nil
                }
            }
            if let arrival { continuation.resume(returning: arrival) }
        }
    }

    /// Makes the call when the flight ends; inside this call if it has ended. Not made for one who leaves.
    @inlinable func wait(in seat: Int, _ call: ArrivalCall<Outcome>) {
        let arrival = state.withLock { state -> Arrival<Outcome>? in
            switch state.phase {
            case .landed(let outcome): return .landed(outcome)
            case .expired: return .expired
            case .flying, .abandoned:
                if case .taken = state.seats[seat] { state.seats[seat] = .calling(call) }
                return nil
            }
        }
        if let arrival { call.make(arrival) }
    }

    @inlinable func leave(_ seat: Int) {
        let (before, task, unlist) = state.withLock { state -> (Seat, Task<Void, Never>?, Bool) in
            let before = state.seats[seat]
            if case .left = before { return (before, nil, false) }
            state.seats[seat] = .left
            state.present -= 1
            guard state.present == 0, case .flying = state.phase else { return (before, nil, false) }
            state.phase = .abandoned
            defer { state.task = nil }
            return (before, state.task, state.listed)
        }
        if unlist { board?.unlist(self) }
        task?.cancel()
        switch before {
        case .waiting(let continuation): continuation.resume(returning: .left)
        case .calling(let call): call.forget()
        case .taken, .left: break
        }
    }
}
