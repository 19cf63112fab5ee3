import Cache
import Synchronization

/// The counters of every worker's link to Redis, for metrics and readiness.
final class RedisWatch: Sendable {
    private let links = Mutex<[CacheCounters]>([])

    func add(_ counters: CacheCounters) {
        links.withLock { $0.append(counters) }
    }

    /// Links of settings that are gone stay counted: counters never go back.
    var all: [CacheCounters] { links.withLock { $0 } }

    private static let lookups: [(CacheCounters.Event, String)] = [
        (.hits, "hit"), (.misses, "miss"), (.timeouts, "timeout"), (.corrupt, "corrupt"), (.errors, "error"),
        (.skipped, "skipped"), (.dropped, "dropped"),
    ]

    func register(in metrics: Metrics) {
        metrics.source("redis") { [self] samples in
            for counters in all {
                for (event, result) in Self.lookups {
                    samples.add(.cache, "redis", result, value: Double(counters[event]))
                }
                samples.add(.breaker, "redis", value: counters.status == .breakerOpen ? 1 : 0)
            }
        }
    }
}
