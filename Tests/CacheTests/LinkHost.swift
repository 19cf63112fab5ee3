import Loop

@testable import Cache

/// A link on a loop with a thread of its own, as a worker has it.
actor LinkHost {
    let loop: Loop
    nonisolated let counters: CacheCounters
    /// Held by hand, because it must be released on its loop, also when a test throws and this actor goes elsewhere.
    /// Unsafe for the sake of `deinit` alone, where nobody else has it.
    nonisolated(unsafe) private var held: Unmanaged<RedisLink>?
    private var link: RedisLink { held!.takeUnretainedValue() }
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private init(_ loop: Loop, _ link: RedisLink) {
        self.loop = loop
        held = .passRetained(link)
        counters = link.counters
    }

    deinit {
        guard let held else { return }
        nonisolated(unsafe) let last = held
        loop.post {
            last.takeUnretainedValue().close()
            last.release()
        }
        loop.stop()
    }

    /// - Parameter deadline: long by default, so that only what is meant to be late is.
    static func start(_ address: RedisAddress, deadline: Duration = .seconds(60), connected: Bool = true) async throws
        -> LinkHost
    {
        let loop = Loop.start(name: "cache-test")
        let host = await loop.perform { LinkHost(loop, RedisLink(on: loop, address: address, deadline: deadline)) }
        if connected {
            guard await eventually({ host.counters.status == .ready }) else {
                await host.stop()
                throw NotConnected(lastError: host.counters.lastError)
            }
        }
        return host
    }

    struct NotConnected: Error { let lastError: String? }

    /// Closes the link on its loop, then ends the loop's thread.
    nonisolated func stop() async {
        await release()
        loop.stop()
        loop.join()
    }

    private func release() {
        link.close()
        held.take()?.release()
    }

    func close() { link.close() }
    func get(_ key: CacheKey) async -> [UInt8]? {
        await withUnsafeContinuation { continuation in
            link.fetch(key) { [counters = link.counters] value in
                if value != nil { counters.count(.hits) }
                continuation.resume(returning: value)
            }
        }
    }
    func recall(_ key: CacheKey) async -> CachedAnswer? {
        await withUnsafeContinuation { continuation in
            link.recall(key, unixMilliseconds: unixNow()) { continuation.resume(returning: $0?.stored) }
        }
    }
    /// Asks, one GET after the other, until the link does not ask Redis any more.
    func askUntilSkipped(_ key: CacheKey) async {
        for _ in 0..<10_000 where counters.status == .ready { _ = await get(key) }
    }

    func add(_ amount: Double, to name: String, life: Duration = .seconds(60)) async -> Double? {
        await link.add(amount, to: name, life: life)
    }

    func delete(_ key: CacheKey) { link.delete(key) }
    func drain(within limit: Duration) async { await link.drain(within: limit) }
    var unanswered: Int { link.unanswered }

    func set(_ key: CacheKey, _ value: [UInt8], ttl: Duration = .seconds(60), owner: (any StoreOwner & Sendable)? = nil)
    {
        link.set(key, value, ttl: ttl, owner: owner)
    }

    /// Stores and waits until that is settled.
    func store(_ key: CacheKey, _ value: [UInt8], ttl: Duration = .seconds(60)) async {
        let notice = Notice()
        link.set(key, value, ttl: ttl, owner: notice)
        await notice.settled()
    }
}

/// Waits for the settling of one SET.
final class Notice: StoreOwner, Sendable {
    private let state = Lock<(count: Int, waiting: CheckedContinuation<Void, Never>?)>((0, nil))

    var count: Int { state.withLock { $0.count } }

    func storeSettled(_ key: CacheKey, on link: RedisLink) {
        state.withLock { state in
            state.count += 1
            return state.waiting.take()
        }?.resume()
    }

    func settled() async {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                if state.count == 0 { state.waiting = continuation }
                return state.count > 0
            }
            if now { continuation.resume() }
        }
    }
}

/// Looks again and again until it is so, for at most `limit`.
func eventually(within limit: Duration = .seconds(60), _ condition: () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return await condition()
}
