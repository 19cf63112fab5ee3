import JSON
public import Statistics

/// How long answers take, in milliseconds, asked by this command and from here: both models in the same hour, over the
/// same inputs.
public struct LatencyFigures: Sendable, Equatable {
    public struct Quantile: Sendable, Equatable {
        public let small: QuantileBounds
        public let large: QuantileBounds
        /// Small first, and large after it where it falls back.
        public let served: QuantileBounds

        /// How much quicker small is. The bound is that of both quantiles, each at half the error.
        public var ratio: Double? { small.estimate > 0 ? large.estimate / small.estimate : nil }
        public var ratioLower: Double? {
            guard let low = large.lower, let high = small.upper, high > 0 else { return nil }
            return low / high
        }

        var json: JSONTree {
            func of(_ bounds: QuantileBounds) -> JSONTree {
                .members([
                    ("ms", .number(bounds.estimate)), ("low", .number(bounds.lower)), ("high", .number(bounds.upper)),
                ])
            }
            return .members([
                ("small", of(small)), ("large", of(large)), ("served", of(served)), ("ratio", .number(ratio)),
                ("ratio_low", .number(ratioLower)),
            ])
        }
    }

    /// Items that both models answered when they were called; what a batch answered has no latency.
    public let count: Int
    public let p50: Quantile
    public let p95: Quantile

    init?(_ items: [MeasuredItem], gate: Gate, confidence: Double) {
        let timed: [(small: Double, large: Double, defers: Bool)] = items.compactMap { item in
            guard let small = item.small, let time = small.call.milliseconds, let large = item.large?.milliseconds
            else {
                return nil
            }
            return (time, large, !gate.accepts(small))
        }
        let half = 1 - (1 - confidence) / 2
        func quantile(_ share: Double) -> Quantile? {
            let served = timed.map { $0.small + ($0.defers ? $0.large : 0) }
            guard let small = QuantileBounds(timed.map(\.small), quantile: share, confidence: half),
                let large = QuantileBounds(timed.map(\.large), quantile: share, confidence: half),
                let served = QuantileBounds(served, quantile: share, confidence: half)
            else { return nil }
            return Quantile(small: small, large: large, served: served)
        }
        guard let p50 = quantile(0.5), let p95 = quantile(0.95) else { return nil }
        count = timed.count
        self.p50 = p50
        self.p95 = p95
    }

    var json: JSONTree { .members([("of", .int(count)), ("p50", p50.json), ("p95", p95.json)]) }
}
