import Cache

extension MetricSamples {
    /// What one link to Redis has counted. Links add up.
    mutating func add(_ counters: CacheCounters) {
        for event in CacheCounters.Event.allCases {
            guard let result = Self.result(event) else { continue }
            add(.cache, "redis", result, value: Double(counters[event]))
        }
        add(.breaker, "redis", value: counters.status == .breakerOpen ? 1 : 0)
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
