import Loop
import Synchronization

/// What the in-process cache did since the start, and what it holds now; summed over its shards when asked for.
public struct BoardStatistics: Sendable, Equatable {
    /// Found by key.
    public var hits = 0
    /// Found by raw body.
    public var preparedHits = 0
    public var joined = 0
    /// Flights started.
    public var led = 0
    public var stored = 0
    public var evicted = 0
    public var dropped = 0
    /// Answers larger than the whole cache.
    public var tooLarge = 0
    public var entries = 0
    public var flights = 0
    /// Bytes in use, tables included; at most ``AnswerBoard/memory`` when nobody is storing.
    public var bytes = 0
}

extension AnswerBoard {
    public var statistics: BoardStatistics {
        var sum = BoardStatistics()
        for home in shards {
            home.state.withLock { shard in
                sum.hits += shard.statistics.hits
                sum.joined += shard.statistics.joined
                sum.led += shard.statistics.led
                sum.stored += shard.statistics.stored
                sum.evicted += shard.statistics.evicted
                sum.dropped += shard.statistics.dropped
                sum.tooLarge += shard.statistics.tooLarge
                sum.entries += shard.entries.count
                sum.flights += shard.flights.values.reduce(0) { $0 + $1.count }
            }
        }
        sum.preparedHits = quick.hits
        sum.bytes = used.load(ordering: .relaxed)
        return sum
    }
}
