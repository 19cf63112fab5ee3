import Loop

extension RedisLink {
    /// A reply belongs to the first command of the queue.
    func take(_ reply: RedisReply) {
        guard let command = queue.removeFirst() else { return lose("a reply to no command") }
        if case .error(let message) = reply { complain(message, command.kind) }
        switch command.kind {
        case .get(let taker):
            breaker.answered()
            switch reply {
            case .bytes(let bytes): taker(bytes)
            case .null:
                counters.count(.misses)
                taker(nil)
            case .error, .status, .integer, .array: taker(nil)
            }
        case .sum(let taker):
            breaker.answered()
            if case .bytes(let bytes) = reply { taker(bytes) } else { taker(nil) }
        case .set(let key, let owner):
            if owner != nil { breaker.answered() }
            counters.count(reply == .status ? .stored : .notStored)
            owner?.storeSettled(key, on: self)
        case .delete(let key): if case .error = reply { owe(key) }
        case .probe:
            breaker.probeAnswered()
            if breaker.isClosed {
                linkTimer.cancel()
                counters.become(.ready)
                payOwed()
            }
        case .greeting(let step): greeted(step, reply)
        case .givenUp: break
        }
        if queue.isEmpty && drained != nil { endDrain() }
    }

    private func greeted(_ step: RedisCommand.Greeting, _ reply: RedisReply) {
        if case .error(let message) = reply {
            let text = String(decoding: message.prefix(200), as: UTF8.self)
            switch step {
            case .auth: return lose("AUTH refused: \(text)")
            case .select: return lose("SELECT refused: \(text)")
            // LOADING, for one, passes; a Redis that answers is worth asking.
            case .ping: if message.starts(with: "NOAUTH".utf8) { return lose(text) }
            }
        }
        if step == .ping { greeted() }
    }

    private func complain(_ message: [UInt8], _ kind: RedisCommand.Kind) {
        // Somebody else's list or hash under our key: the same as a foreign value.
        if case .get = kind, message.starts(with: "WRONGTYPE".utf8) { return counters.count(.corrupt) }
        counters.count(.errors)
        counters.note("\(address): \(String(decoding: message.prefix(200), as: UTF8.self))")
    }

    /// The deadline timer fired: whoever has waited long enough goes on.
    func expire() {
        let now = MonotonicTime.now()
        while let kind = queue.expire(at: now, replace: \.afterDeadline) {
            switch kind {
            case .get(let taker), .sum(let taker):
                counters.count(.timeouts)
                missed(at: now)
                taker(nil)
            case .set(let key, let owner):
                missed(at: now)
                owner?.storeSettled(key, on: self)
            case .probe: linkTimer.arm(after: breaker.probeMissed())
            case .delete, .greeting, .givenUp: break
            }
        }
        if isSilent(at: now) { return lose("no reply for a second") }
        if phase == .ready, let next = queue.nextDeadline { deadlineTimer.arm(at: next) }
    }

    private func missed(at now: MonotonicTime) {
        guard let pause = breaker.missed(at: now) else { return }
        counters.count(.breakerOpened)
        counters.become(.breakerOpen)
        linkTimer.arm(after: pause)
    }

    /// The connection is gone: all that waits goes on, and DELs are owed.
    func failPending() {
        while let command = queue.removeFirst() {
            switch command.kind {
            case .get(let taker), .sum(let taker):
                counters.count(.errors)
                taker(nil)
            case .set(let key, let owner):
                counters.count(.notStored)
                owner?.storeSettled(key, on: self)
            case .delete(let key): owe(key)
            case .probe, .greeting, .givenUp: break
            }
        }
        if drained != nil { endDrain() }
    }
}

extension RedisCommand.Kind {
    /// What stays in the queue when the deadline has passed.
    fileprivate var afterDeadline: Self {
        switch self {
        case .get, .sum, .probe: .givenUp
        case .set(let key, _): .set(key, nil)
        case .delete, .greeting, .givenUp: self
        }
    }
}

extension Flight: StoreOwner {
    /// The SET is answered, or was given its time: the flight need not be joinable any more. If the key was dropped
    /// since the SET was queued, the DEL of the drop may have overtaken it on another connection; the one that
    /// follows it here cannot.
    public func storeSettled(_ key: CacheKey, on link: RedisLink) {
        retire()
        if isDropped { link.delete(key) }
    }
}
