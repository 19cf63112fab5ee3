import Loop

/// Lets those go whose deadline passes. On a thread of its own, since the writer's may hang in write().
///
/// Armed by the first that waits, for the oldest deadline; it then looks again only when that has passed. So it costs
/// one wake-up per deadline, not one per candidate.
actor SpoolClock: TimerOwner {
    private nonisolated let loop = Loop.start(name: "spool-clock")
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let state: SpoolShared
    /// Made on the loop, released there by `close`.
    private var timer: LoopTimer?

    init(state: SpoolShared) {
        self.state = state
    }

    nonisolated func wake() {
        loop.post { self.assumeIsolated { $0.arm() } }
    }

    private func arm() {
        let timer = timer ?? LoopTimer(on: loop, owner: self)
        self.timer = timer
        let oldest = state.lock.withLock { state in
            if state.oldestDeadline == nil { state.clockArmed = false }
            return state.oldestDeadline
        }
        if let oldest { timer.arm(after: max(.zero, oldest - .now())) }
    }

    nonisolated func timerFired(_ timer: LoopTimer) {
        assumeIsolated { $0.look() }
    }

    private func look() {
        let limit = state.deadline
        let late = state.lock.withLock { state in
            let late = state.leave(at: .now())
            if !late.isEmpty { state.say(.late, "the spool's disk does not take writes within \(limit)") }
            return late
        }
        for waiter in late { waiter.taker(.late) }
        arm()
    }

    nonisolated func close() {
        loop.post { self.assumeIsolated { $0.timer = nil } }
        loop.stop()
        loop.join()
    }
}
