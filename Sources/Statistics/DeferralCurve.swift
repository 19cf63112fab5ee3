/// What a cascade's quality is as a growing share of its answers is left to the large model, the least sure first
/// (CONFIDENCE section 1c).
///
/// Points lie at every share that a threshold can have: answers with one score go together, so that between the points
/// of a group the curve is the straight line that a draw among them would give. `area` is under those lines; a draw
/// among all gives the line from small's quality to large's, and `overRandom` says how much more the scores are worth
/// than that.
public struct DeferralCurve: Sendable {
    public struct Item: Sendable {
        /// The higher, the surer.
        public let score: Double
        /// Of small's answer and of large's, 0 to 1.
        public let small: Double
        public let large: Double

        public init(score: Double, small: Double, large: Double) {
            self.score = score
            self.small = small
            self.large = large
        }
    }

    public struct Point: Sendable, Equatable {
        /// Of the answers, left to large.
        public let deferred: Double
        public let quality: Double
    }

    /// From nothing deferred to everything.
    public let points: [Point]

    /// Nil without an item.
    public init?(_ items: [Item]) {
        guard !items.isEmpty else { return nil }
        let sorted = items.sorted { $0.score < $1.score }
        let count = Double(items.count)
        var quality = items.reduce(0) { $0 + $1.small }
        var points = [Point(deferred: 0, quality: quality / count)]
        for (position, item) in sorted.enumerated() {
            quality += item.large - item.small
            if position + 1 < sorted.count, sorted[position + 1].score == item.score { continue }
            points.append(Point(deferred: Double(position + 1) / count, quality: quality / count))
        }
        self.points = points
    }

    public var small: Double { points[0].quality }
    public var large: Double { points[points.count - 1].quality }

    public var area: Double {
        zip(points, points.dropFirst()).reduce(0) { area, pair in
            area + (pair.1.deferred - pair.0.deferred) * (pair.0.quality + pair.1.quality) / 2
        }
    }

    public var randomArea: Double { (small + large) / 2 }

    /// The area beyond a random draw's, as a share of that; nil where that is nothing.
    public var overRandom: Double? { randomArea == 0 ? nil : (area - randomArea) / randomArea }
}
