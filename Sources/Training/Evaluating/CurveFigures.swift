import JSON
import Statistics

/// Quality, cost and latency as more is left to large, the least sure first (`DeferralCurve`).
///
/// Answers that fail the checks come before all others, those without a score next: they fall back whatever the
/// threshold.
public struct CurveFigures: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public let deferred: Double
        public let quality: Double
        /// What has a score of this or less is deferred; nil: nothing with a score is.
        public let score: Double?
        /// US dollars a request; nil where a cost is not known.
        public let cost: Double?
        /// Milliseconds; nil where nobody was timed.
        public let p50: Double?
        public let p95: Double?
    }

    public let count: Int
    /// At most 101; the areas are those of all.
    public let points: [Point]
    public let area: Double
    public let randomArea: Double
    /// Nil where a random draw's is nothing.
    public let overRandom: Double?
    /// What any rule has to leave to large for nine in ten accepted answers to be right, if it knows nothing of the
    /// answers: (wrong - 0.1) / 0.9 (CONFIDENCE section 1b).
    public let floor: Double

    private struct Entry {
        var score: Double
        var small: Double
        var large: Double
        var cost: (small: Double, large: Double)?
        var milliseconds: (small: Double, large: Double)?
    }

    init?(_ items: [MeasuredItem], reference: EvaluationReference) {
        let entries = items.compactMap { item -> Entry? in
            guard let small = item.smallAgrees(with: reference), let large = item.largeAgrees(with: reference) else {
                return nil
            }
            let score = item.small.map { $0.passes ? $0.score ?? -Double.greatestFiniteMagnitude : -.infinity }
            let costs = item.large?.cost.flatMap { large in
                (item.small.map { $0.call.cost } ?? 0).map { (small: $0, large: large) }
            }
            let times = item.large?.milliseconds.map { (small: item.small?.call.milliseconds ?? 0, large: $0) }
            return Entry(
                score: score ?? -.infinity,
                small: small ? 1 : 0,
                large: large ? 1 : 0,
                cost: costs,
                milliseconds: times
            )
        }.sorted { $0.score < $1.score }
        let items = entries.map { DeferralCurve.Item(score: $0.score, small: $0.small, large: $0.large) }
        guard let curve = DeferralCurve(items) else { return nil }
        count = entries.count
        points = Self.thinned(curve.points).map { Self.point($0, entries) }
        area = curve.area
        randomArea = curve.randomArea
        overRandom = curve.overRandom
        floor = max(0, (1 - curve.small - 0.1) / 0.9)
    }

    private static func point(_ point: DeferralCurve.Point, _ entries: [Entry]) -> Point {
        let deferred = Int((point.deferred * Double(entries.count)).rounded())
        let costs = entries.enumerated().compactMap { place, entry in
            entry.cost.map { $0.small + (place < deferred ? $0.large : 0) }
        }
        let times = entries.enumerated().compactMap { place, entry in
            entry.milliseconds.map { $0.small + (place < deferred ? $0.large : 0) }
        }.sorted()
        func quantile(_ share: Double) -> Double? {
            QuantileBounds(times, quantile: share, confidence: 0.95)?.estimate
        }
        let score = deferred == 0 ? -.infinity : entries[deferred - 1].score
        return Point(
            deferred: point.deferred,
            quality: point.quality,
            score: score > -.greatestFiniteMagnitude ? score : nil,
            cost: costs.isEmpty || costs.count < entries.count ? nil : costs.reduce(0, +) / Double(costs.count),
            p50: quantile(0.5),
            p95: quantile(0.95)
        )
    }

    /// Enough of them for a plot, the first and the last among them.
    private static func thinned(_ points: [DeferralCurve.Point], to most: Int = 101) -> [DeferralCurve.Point] {
        guard points.count > most else { return points }
        return (0..<most).map { points[$0 * (points.count - 1) / (most - 1)] }
    }

    var json: JSONTree {
        let points = points.map { point in
            JSONTree.members([
                ("deferred", .number(point.deferred)), ("quality", .number(point.quality)),
                ("score", .number(point.score)), ("cost_usd", .number(point.cost)), ("p50_ms", .number(point.p50)),
                ("p95_ms", .number(point.p95)),
            ])
        }
        return .members([
            ("of", .int(count)), ("area", .number(area)), ("random_area", .number(randomArea)),
            ("over_random", .number(overRandom)), ("floor", .number(floor)), ("points", .array(points)),
        ])
    }
}
