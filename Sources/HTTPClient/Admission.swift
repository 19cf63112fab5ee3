// How many calls of one model may be under way in the whole process.
//
// Every loop has its own connections, but an upstream has one capacity. So the loops share this counter, and calls
// beyond it wait here, first come first served, whatever loop they are from. A place that becomes free is handed
// straight to the first in the queue: nobody can overtake, and `inFlight` never exceeds the limit. The waiter is woken
// on its own loop, by `post`.

import Loop

/// Bounded calls in flight with a short queue, shared by all loops. See the head of the file.
public final class Admission: Sendable {
    /// A place in the queue.
    final class Ticket: Sendable {
        let loop: Loop
        let grant: @Sendable () -> Void

        init(loop: Loop, grant: @escaping @Sendable () -> Void) {
            self.loop = loop
            self.grant = grant
        }
    }

    enum Entry {
        /// Go; give the place back with `leave()`.
        case admitted
        /// Wait: `grant` will be run on the loop, with a place that is to be given back with `leave()`.
        case queued(Ticket)
        case full
    }

    private struct State {
        var maxInFlight: Int
        var maxQueued: Int
        var inFlight = 0
        var queue: [Ticket] = []
    }

    private let state: Lock<State>

    /// - Parameters:
    ///   - maxInFlight: calls under way at once, all loops together; at least 1.
    ///   - queue: calls that may wait beyond that; 0: none.
    public init(maxInFlight: Int, queue: Int) {
        state = Lock(State(maxInFlight: max(1, maxInFlight), maxQueued: max(0, queue)))
    }

    public var inFlight: Int { state.withLock { $0.inFlight } }
    public var queued: Int { state.withLock { $0.queue.count } }

    /// Other limits from now on, for a reload. Calls under way go on; those that wait and now fit are let in.
    public func limit(maxInFlight: Int, queue: Int) {
        let admitted = state.withLock { state in
            state.maxInFlight = max(1, maxInFlight)
            state.maxQueued = max(0, queue)
            let count = max(0, min(state.maxInFlight - state.inFlight, state.queue.count))
            let first = Array(state.queue.prefix(count))
            state.queue.removeFirst(count)
            state.inFlight += count
            return first
        }
        for ticket in admitted { ticket.loop.post(ticket.grant) }
    }

    /// - Parameter grant: makes what is run on `loop` once the call may go; called only where it must wait.
    func enter(on loop: Loop, grant: () -> @Sendable () -> Void) -> Entry {
        state.withLock { state in
            if state.inFlight < state.maxInFlight {
                state.inFlight += 1
                return .admitted
            }
            guard state.queue.count < state.maxQueued else { return .full }
            // Made under the lock: were it made before, every refused call would pay for it; were it queued after
            // unlocking, the place that becomes free in between would find nobody waiting.
            let ticket = Ticket(loop: loop, grant: grant())
            state.queue.append(ticket)
            return .queued(ticket)
        }
    }

    /// Gives a place back: to the first in the queue, if there is one.
    func leave() {
        let next: Ticket? = state.withLock { state in
            // After `limit` lowered the number, places vanish until it is reached.
            if state.inFlight <= state.maxInFlight, !state.queue.isEmpty { return state.queue.removeFirst() }
            state.inFlight -= 1
            return nil
        }
        if let next { next.loop.post(next.grant) }
    }

    /// Takes a ticket out of the queue.
    ///
    /// - Returns: false where its grant is already on the way and will be run: then the place must be given back there.
    func withdraw(_ ticket: Ticket) -> Bool {
        state.withLock { state in
            guard let position = state.queue.firstIndex(where: { $0 === ticket }) else { return false }
            state.queue.remove(at: position)
            return true
        }
    }
}
