// The in-process cache and the table of flights, one for the process.
//
// Both are looked at under one lock: between "not stored" and "nobody fetches it" no other thread can start the same
// work. Keys are spread over shards by their first bits, each with its lock; no operation holds two of them. Memory
// is counted over all shards in one number, so that any one shard may take what the others do not need: whoever
// stores evicts, from his own shard first.
//
//     board(key) ── one lock ──> hit(answer)             stored, fresh, accepted by the caller
//                           ├──> joined(waiter)          somebody fetches it already
//                           └──> leads(flight, waiter)   the caller starts the work

public import Digest
public import Loop
public import Synchronization

/// What came of looking for an answer.
public enum Boarding<Outcome: Sendable>: Sendable {
    case hit(CachedAnswer)
    /// Another exchange's flight, or an ended one that is still joinable.
    case joined(Waiter<Outcome>)
    /// The caller starts the flight's task, and waits like all others.
    case leads(Flight<Outcome>, Waiter<Outcome>)
}

/// The answers that this process remembers, and those that it is about to have. For all threads.
///
/// It, flights and waiters can be seen through (`@inlinable`) by the module that says what an outcome is: generic code
/// that is not compiled for its type looks up types and boxes values at every step, about 5 µs a request.
public final class AnswerBoard<Outcome: Sendable>: Sendable {
    @usableFromInline struct Shard: Sendable {
        @usableFromInline var entries = EntryTable()
        @usableFromInline var flights: [CacheKey: [Flight<Outcome>]] = [:]
        /// `entries.overhead` when it was last added to `used`.
        @usableFromInline var overhead = 0
        @usableFromInline var statistics = BoardStatistics()

        @inlinable init() {}
    }

    @usableFromInline final class LockedShard: Sendable {
        @usableFromInline let state: Lock<Shard>

        @inlinable init() { state = Lock(Shard()) }
    }

    /// ``memory``, which ``limit(memory:)`` changes.
    @usableFromInline let memoryLimit: Atomic<Int>
    @usableFromInline let used: Atomic<Int>
    @usableFromInline let shards: [LockedShard]
    @usableFromInline let quick: QuickIndex

    /// - Parameter memory: `cache.memory` in bytes.
    public init(memory: Int) {
        precondition(memory >= 0, "The cache cannot have \(memory) bytes.")
        memoryLimit = Atomic(memory)
        used = Atomic(0)
        shards = (0..<16).map { _ in LockedShard() }
        quick = QuickIndex()
    }

    /// Looks for an answer, joins a flight to it, or starts one: one step, under one lock.
    ///
    /// - Parameters:
    ///   - wants: the log-probabilities the client asked for. An entry or a flight that has less is passed over.
    ///   - forbidsStore: the client said `store: false`; the flight is told.
    ///   - accepts: the settings' word on an entry: its score by the threshold in force, the client's `max-age`.
    ///     Called with the lock held: a comparison or two.
    @inlinable public func board(
        _ key: CacheKey,
        wants: LogprobWants,
        forbidsStore: Bool = false,
        now: MonotonicTime = .now(),
        accepts: (CachedAnswer) -> Bool
    ) -> Boarding<Outcome> {
        shard(of: key).state.withLock { shard in
            if let entry = shard.entries.use(key), entry.expires > now, entry.answer.has(wants), accepts(entry.answer) {
                shard.statistics.hits += 1
                return .hit(entry.answer)
            }
            for flight in shard.flights[key] ?? [] {
                guard let seat = flight.join(wants: wants, forbidsStore: forbidsStore) else { continue }
                shard.statistics.joined += 1
                return .joined(Waiter(flight, seat: seat))
            }
            let flight = Flight(key, wants: wants, forbidsStore: forbidsStore, board: self)
            shard.flights[key, default: []].append(flight)
            shard.statistics.led += 1
            return .leads(flight, Waiter(flight, seat: 0))
        }
    }

    /// Looks without joining or leading: for those who do neither, like `explain`.
    @inlinable public func peek(_ key: CacheKey, now: MonotonicTime = .now()) -> CachedAnswer? {
        shard(of: key).state.withLock { shard in
            guard let entry = shard.entries.use(key), entry.expires > now else { return nil }
            return entry.answer
        }
    }

    /// Forgets an answer, and sees to it that no flight under way remembers one under this key; their waiters still
    /// get it, later ones start afresh. Redis is told by ``RedisLink/delete(_:)``: by every gateway that learns of the
    /// drop, because a SET of another gateway may have overtaken the first DEL.
    @inlinable public func drop(_ key: CacheKey) {
        let removed = shard(of: key).state.withLock { shard in
            for flight in shard.flights.removeValue(forKey: key) ?? [] { flight.markUnlisted(dropped: true) }
            let removed = shard.entries.remove(key)
            if removed != nil { shard.statistics.dropped += 1 }
            return removed
        }
        if let removed { discard(removed) }
    }

    @inlinable func shard(of key: CacheKey) -> LockedShard { shards[place(of: key)] }

    @inlinable func place(of key: CacheKey) -> Int { Int(truncatingIfNeeded: key.digest.leadingWord) & 15 }

    @inlinable func unlist(_ flight: Flight<Outcome>) {
        shard(of: flight.key).state.withLock { shard in
            flight.markUnlisted(dropped: false)
            guard var flights = shard.flights[flight.key] else { return }
            flights.removeAll { $0 === flight }
            shard.flights[flight.key] = flights.isEmpty ? nil : flights
        }
    }
}
