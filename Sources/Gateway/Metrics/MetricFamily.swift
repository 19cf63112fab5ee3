/// A metric's name, what it says, and how it is kept. All of them are in `MetricCatalogue.swift`.
struct MetricFamily: Sendable {
    enum Kind: Sendable {
        /// Kept in whole steps of `scale`, which the name's unit is multiplied with when printed.
        case counter(scale: Double)
        case histogram(HistogramShape)
        /// Looked up when somebody asks, not counted.
        case sampledGauge
        case sampledCounter
    }

    let name: String
    let help: String
    let labels: [String]
    let kind: Kind

    static func counter(_ name: String, _ help: String, labels: String..., scale: Double = 1) -> MetricFamily {
        MetricFamily(name: name, help: help, labels: labels, kind: .counter(scale: scale))
    }

    static func histogram(_ name: String, _ help: String, labels: String...) -> MetricFamily {
        MetricFamily(name: name, help: help, labels: labels, kind: .histogram(.seconds))
    }

    static func sampledGauge(_ name: String, _ help: String, labels: String...) -> MetricFamily {
        MetricFamily(name: name, help: help, labels: labels, kind: .sampledGauge)
    }

    static func sampledCounter(_ name: String, _ help: String, labels: String...) -> MetricFamily {
        MetricFamily(name: name, help: help, labels: labels, kind: .sampledCounter)
    }

    /// Cells that one series takes.
    var width: Int {
        switch kind {
        case .counter: 1
        // A bucket for each bound, one for what is longer, and the sum.
        case .histogram(let shape): shape.bounds.count + 2
        case .sampledGauge, .sampledCounter: 0
        }
    }

    var type: String {
        switch kind {
        case .counter, .sampledCounter: "counter"
        case .histogram: "histogram"
        case .sampledGauge: "gauge"
        }
    }
}

/// The buckets of a histogram of times. An object: every series of a family has the same.
final class HistogramShape: Sendable {
    /// Upper bounds in nanoseconds, inclusive, ascending.
    let bounds: [UInt64]
    /// By the number of significant bits of a value: the first bucket that such a value can fall into.
    private let first: [UInt8]

    init(bounds: [UInt64]) {
        self.bounds = bounds
        first = (0...64).map { bits in
            let least: UInt64 = bits == 0 ? 0 : 1 << (bits - 1)
            return UInt8(bounds.firstIndex { $0 >= least } ?? bounds.count)
        }
    }

    /// 10 µs to 60 s: from a hit in memory to a slow large model.
    static let seconds = HistogramShape(
        bounds: [
            10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
            50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000,
            10_000_000_000, 30_000_000_000, 60_000_000_000,
        ]
    )

    /// The bucket of a value; `bounds.count` beyond the last bound.
    func bucket(_ nanoseconds: UInt64) -> Int {
        var index = Int(first[64 - nanoseconds.leadingZeroBitCount])
        while index < bounds.count, nanoseconds > bounds[index] { index += 1 }
        return index
    }
}
