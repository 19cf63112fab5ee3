import Cache

extension Metrics {
    /// Counts what one link to Redis counts, from now on and for the life of the process: what a link that was replaced
    /// has counted stays in the sums.
    func watch(_ counters: CacheCounters) {
        source("redis \(ObjectIdentifier(counters).hashValue)") { samples in
            for event in CacheCounters.Event.allCases {
                guard let result = Metrics.result(event) else { continue }
                samples.add(.cache, "redis", result, value: Double(counters[event]))
            }
            samples.add(.breaker, "redis", value: counters.status == .breakerOpen ? 1 : 0)
        }
    }

    /// The label `result` of tier `redis`; nil: no lookup and no store.
    private static func result(_ event: CacheCounters.Event) -> String? {
        switch event {
        case .hits: "hit"
        case .misses: "miss"
        case .timeouts: "timeout"
        case .corrupt: "corrupt"
        case .errors: "error"
        case .skipped: "skipped"
        case .dropped: "dropped"
        case .stored: "stored"
        case .notStored: "not_stored"
        case .connected, .disconnected, .breakerOpened: nil
        }
    }
}
