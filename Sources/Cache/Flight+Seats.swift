public import Loop

// Who waits for a flight: how they come, wait, and leave.
extension Flight {
    // MARK: for the board, which holds the shard's lock

    /// A seat for another waiter.
    /// - Returns: nil where the flight cannot be joined by this one.
    @inlinable func join(wants: LogprobWants, forbidsStore: Bool) -> Int? {
        guard wants <= self.wants else { return nil }
        return state.withLock { state in
            switch state.phase {
            case .flying, .open: if forbidsStore && state.harvestSettled && !state.forbidsStore { return nil }
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

    /// Makes the call when the flight ends; inside this call if it has ended. Not made for one who has left.
    @inlinable func wait(in seat: Int, _ call: LoopCall<Arrival<Outcome>>) {
        let arrival = state.withLock { state -> Arrival<Outcome>? in
            switch state.seats[seat] {
            case .taken: break
            case .waiting: preconditionFailure("A waiter waits once at a time.")
            case .left: return nil
            }
            switch state.phase {
            case .open(let outcome), .landed(let outcome): return .landed(outcome)
            case .expired: return .expired
            case .flying, .abandoned:
                state.seats[seat] = .waiting(call)
                return nil
            }
        }
        if let arrival { call.make(arrival) }
    }

    @inlinable func leave(_ seat: Int) {
        let (before, cancel, unlist) = state.withLock { state -> (Seat, (@Sendable () -> Void)?, Bool) in
            let before = state.seats[seat]
            if case .left = before { return (before, nil, false) }
            state.seats[seat] = .left
            state.present -= 1
            guard state.present == 0, state.phase.isUnderWay else { return (before, nil, false) }
            state.phase = .abandoned
            return (before, state.cancel.take(), state.listed)
        }
        if unlist { board?.unlist(self) }
        cancel?()
        if case .waiting(let call) = before { call.forget() }
    }
}
