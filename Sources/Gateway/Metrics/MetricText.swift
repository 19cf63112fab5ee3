/// Prints metrics in Prometheus' text format:
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
struct MetricText {
    private(set) var bytes: [UInt8] = []

    mutating func append(
        _ family: MetricFamily,
        _ series: [Metrics.Series],
        of workers: [MetricCells],
        and samples: [(labels: [String], value: Double)]
    ) {
        guard !series.isEmpty || !samples.isEmpty else { return }
        append("# HELP \(family.name) ")
        append(escaped: family.help, quotes: false)
        append("\n# TYPE \(family.name) \(family.type)\n")
        for (index, series) in series.enumerated() {
            switch family.kind {
            case .counter(let scale):
                let sum = total(series.cell, workers)
                guard sum > 0 || index == 0 else { continue }
                append(family.name, family.labels, series.values)
                append(scale == 1 ? "\(sum)\n" : "\(Double(sum) * scale)\n")
            case .histogram(let shape):
                append(family, shape, series, workers)
            case .sampledGauge, .sampledCounter:
                preconditionFailure("\(family.name) is sampled")
            }
        }
        for sample in samples {
            append(family.name, family.labels, sample.labels)
            append("\(number(sample.value))\n")
        }
    }

    private mutating func append(
        _ family: MetricFamily,
        _ shape: HistogramShape,
        _ series: Metrics.Series,
        _ workers: [MetricCells]
    ) {
        var count: UInt64 = 0
        for index in 0...shape.bounds.count {
            count += total(series.cell + index, workers)
            let bound = index < shape.bounds.count ? "\(number(Double(shape.bounds[index]) / 1e9))" : "+Inf"
            append(family.name + "_bucket", family.labels + ["le"], series.values + [bound])
            append("\(count)\n")
        }
        append(family.name + "_sum", family.labels, series.values)
        append("\(Double(total(series.cell + shape.bounds.count + 1, workers)) / 1e9)\n")
        append(family.name + "_count", family.labels, series.values)
        // The sum of the buckets as printed, so that the two agree while others count.
        append("\(count)\n")
    }

    private func total(_ cell: Int, _ workers: [MetricCells]) -> UInt64 {
        workers.reduce(0) { $0 &+ $1.value(cell) }
    }

    /// Whole numbers without a fraction: `1`, not `1.0`.
    private func number(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? (value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : "\(value)")
    }

    /// `name{label="value",...} `
    private mutating func append(_ name: String, _ labels: [String], _ values: [String]) {
        append(name)
        var separator = "{"
        for (label, value) in zip(labels, values) {
            append("\(separator)\(label)=\"")
            append(escaped: value, quotes: true)
            append("\"")
            separator = ","
        }
        append(labels.isEmpty ? " " : "} ")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(escaped text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }
}
