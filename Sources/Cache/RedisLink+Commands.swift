public import Completions
import Loop

extension RedisLink {
    /// Looks for the answer stored under a key, if it is one and its time is not over. A foreign or corrupt value is a
    /// miss with a counter of its own; the flight's SET overwrites it.
    /// - Parameter taker: called once, with nil for every kind of miss: nothing there, no connection, breaker open, an
    ///   error, or nothing heard within the deadline. Never later than that; inside this call where nothing can be sent.
    public func recall(
        _ key: CacheKey,
        unixMilliseconds: Int64,
        _ taker: @escaping ((stored: CachedAnswer, answer: CompletionAnswer)?) -> Void
    ) {
        fetch(key) { value in taker(value.flatMap { self.answer(in: $0, key, unixMilliseconds) }) }
    }

    private func answer(
        in value: [UInt8],
        _ key: CacheKey,
        _ unixMilliseconds: Int64
    ) -> (stored: CachedAnswer, answer: CompletionAnswer)? {
        guard let found = CachedAnswer.decodeBoth(value, key: key) else {
            counters.count(.corrupt)
            return nil
        }
        guard found.stored.remaining(unixMilliseconds: unixMilliseconds) > .zero else {
            counters.count(.misses)
            return nil
        }
        counters.count(.hits)
        return found
    }

    /// Stores a value: sent at the end of the tick, awaited by nobody.
    /// - Parameters:
    ///   - ttl: how long Redis keeps it; nothing is stored at zero or less.
    ///   - owner: told once when the SET was answered, its deadline passed, or it cannot be sent (then before this
    ///     returns). A flight, so that it stays joinable until then.
    public func set(_ key: CacheKey, _ value: [UInt8], ttl: Duration, owner: (any StoreOwner)? = nil) {
        guard ttl > .zero, canSend(.notStored), hasRoom(for: value.count, else: .notStored) else {
            owner?.storeSettled(key, on: self)
            return
        }
        output.set(key, value, ttl: max(1, ttl.milliseconds))
        expect(.set(key, owner))
        flushLater()
    }

    /// Deletes a key. If Redis cannot be told now, it is as soon as it can.
    public func delete(_ key: CacheKey) {
        guard phase == .ready, breaker.isClosed, queue.count < Self.mostCommands else { return owe(key) }
        output.delete(key)
        expect(.delete(key))
        flushLater()
    }

    /// Commands sent whose replies are still due.
    public var unanswered: Int { queue.count }

    /// Returns when every command has been answered, the connection is lost, or `limit` has passed: for shutdown, so
    /// that the last SETs arrive.
    public func drain(within limit: Duration) async {
        await withUnsafeContinuation { continuation in
            guard phase == .ready, !queue.isEmpty, drained == nil else { return continuation.resume() }
            drained = continuation
            drainTimer.arm(after: limit)
        }
    }

    /// Whether the next reply is still waited for.
    var wantsBytes: Bool {
        switch queue.first?.kind {
        case .get, .sum: true
        default: false
        }
    }

    func endDrain() {
        drainTimer.cancel()
        drained.take()?.resume()
    }

    /// The value of a key; nil for every kind of miss.
    func fetch(_ key: CacheKey, _ taker: @escaping RedisCommand.Taker) {
        guard canSend(.skipped), hasRoom(for: 0, else: .dropped) else { return taker(nil) }
        output.get(key)
        expect(.get(taker))
        flushLater()
    }

    func canSend(_ otherwise: CacheCounters.Event) -> Bool {
        if phase == .ready && breaker.isClosed { return true }
        counters.count(otherwise)
        return false
    }

    func hasRoom(for bytes: Int, else event: CacheCounters.Event) -> Bool {
        if queue.count < Self.mostCommands && output.unsent + bytes < Self.mostOutput { return true }
        counters.count(event)
        return false
    }

    /// Expects a reply to what was just written to the output.
    func expect(_ kind: RedisCommand.Kind) {
        let due = MonotonicTime.now().advanced(by: deadline)
        queue.append(RedisCommand(kind: kind, deadline: due))
        if phase == .ready && !deadlineTimer.isArmed { deadlineTimer.arm(at: due) }
    }

    func owe(_ key: CacheKey) {
        guard phase != .closed, !owed.contains(key) else { return }
        if owed.count == Self.mostOwed {
            owed.removeFirst()
            counters.count(.dropped)
        }
        owed.append(key)
        // Otherwise the next connection, or the breaker's closing, pays.
        if phase == .ready && breaker.isClosed && !linkTimer.isArmed { linkTimer.arm(after: .seconds(1)) }
    }

    func payOwed() {
        let keys = owed
        owed = []
        for key in keys { delete(key) }
    }

    /// The breaker's pause is over: one PING, whose answer in time closes it. Not while older replies are due: they
    /// would be waited for, not Redis as it is now.
    func probe() {
        guard queue.isEmpty else {
            if isSilent(at: .now()) { return lose("no reply for a second") }
            linkTimer.arm(after: .milliseconds(100))
            return
        }
        breaker.probe()
        output.command("PING")
        expect(.probe)
        flushLater()
    }
}
