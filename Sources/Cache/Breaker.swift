// The latency breaker: a Redis that is there and slow costs every request its deadline, which is worse than one that
// is gone. It decides in a value; RedisLink acts.
//
//     closed ──5 misses in a row, over 20 ms or more──> open ──the pause is over──> half open: one probe
//       ^                                                 ^                             │ │
//       │                                                 └── late, pause doubled ──────┘ │
//       └──────────────────────────── answered within the deadline ───────────────────────┘
//
// The misses must span some time because one hiccup of a few milliseconds makes everything that was in flight miss
// at once. The probe is a PING of the link's own: no client waits for it.

import Loop

struct Breaker {
    enum State: Equatable {
        /// Commands go out. `since`: when the current run of misses began.
        case closed(misses: Int, since: MonotonicTime?)
        /// Nothing goes out until a probe.
        case open
        /// A probe is out.
        case halfOpen
    }

    private(set) var state = State.closed(misses: 0, since: nil)
    private var pause: Backoff
    private let misses: Int
    private let span: Duration

    init(
        misses: Int = 5,
        span: Duration = .milliseconds(20),
        pause: Backoff = Backoff(first: .milliseconds(100), most: .seconds(2))
    ) {
        self.misses = misses
        self.span = span
        self.pause = pause
    }

    var isClosed: Bool { if case .closed = state { true } else { false } }

    /// A command was answered within its deadline.
    mutating func answered() {
        guard case .closed(let misses, _) = state, misses > 0 else { return }
        state = .closed(misses: 0, since: nil)
    }

    /// A command's deadline passed.
    /// - Returns: where this opened the breaker, how long to wait before the probe.
    mutating func missed(at now: MonotonicTime) -> Duration? {
        guard case .closed(let count, let first) = state else { return nil }
        let since = first ?? now
        guard count + 1 >= misses, now - since >= span else {
            state = .closed(misses: count + 1, since: since)
            return nil
        }
        state = .open
        return pause.failed()
    }

    mutating func probe() { if case .open = state { state = .halfOpen } }

    /// The probe was answered within its deadline.
    mutating func probeAnswered() {
        guard case .halfOpen = state else { return }
        reset()
    }

    /// - Returns: how long to wait before the next one.
    mutating func probeMissed() -> Duration {
        state = .open
        return pause.failed()
    }

    /// A new connection, which has just answered.
    mutating func reset() {
        pause.succeeded()
        state = .closed(misses: 0, since: nil)
    }
}
