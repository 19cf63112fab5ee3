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

    func register(in metrics: Metrics) {
        metrics.source("redis") { [self] samples in
            for counters in all { samples.add(counters) }
        }
    }
}
