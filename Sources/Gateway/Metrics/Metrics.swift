// Metrics fit for loops: counted per worker, summed when somebody asks.
//
//     settings loaded ──► counter(family, values) ──► a handle: an index into every worker's cells
//     exchange        ──► cells.add(handle)           one load and one store
//     GET /metrics    ──► text()                      sums the workers' cells, asks the sources, prints
//
// The set of series is bounded twice: labels take their values from settings and closed lists, and each family has at
// most `maxSeries`; whatever comes after that is counted in one series whose labels all say `other`. A series stays for
// the life of the process, so counters never go back when settings are loaded anew. Series of counters that are still
// zero are not printed, except for the first of a family: routes times reasons would be pages of zeros.

import Synchronization

/// See the head of this file. Safe from any thread.
final class Metrics: Sendable {
    typealias Source = @Sendable (inout MetricSamples) -> Void

    struct Series {
        let values: [String]
        let cell: Int
    }

    private struct State {
        /// By the family's name, in the order they came.
        var series: [String: [Series]] = [:]
        var cells: [String: [[String]: Int]] = [:]
        var nextCell = 0
        var workers: [MetricCells] = []
        var sources: [(name: String, source: Source)] = []
    }

    static let maxSeries = 1 << 15

    private let state = Mutex(State())
    /// What is counted by threads that are no workers.
    private let others = MetricCells()

    init() {
        state.withLock { $0.workers.append(others) }
        source("process", ProcessMetrics.sample)
    }

    // MARK: When settings are loaded

    /// The handle of a series; the same values give the same handle. Not for the request path: it takes a lock.
    ///
    /// - Parameter values: one for each label of the family, in its order.
    func counter(_ family: MetricFamily, _ values: String...) -> Counter {
        guard case .counter = family.kind else { preconditionFailure("\(family.name) is no counter") }
        return Counter(cell: Int32(cell(family, values)))
    }

    func histogram(_ family: MetricFamily, _ values: String...) -> Histogram {
        guard case .histogram(let shape) = family.kind else { preconditionFailure("\(family.name) is no histogram") }
        return Histogram(cell: Int32(cell(family, values)), shape: shape)
    }

    private func cell(_ family: MetricFamily, _ values: [String]) -> Int {
        precondition(values.count == family.labels.count, "\(family.name) has the labels \(family.labels)")
        return state.withLock { state in
            if let cell = state.cells[family.name]?[values] { return cell }
            let count = state.series[family.name, default: []].count
            // The last place is for `other`, and so are the last cells.
            let isFull = count >= Metrics.maxSeries - 1 || state.nextCell + family.width > MetricCells.capacity - 4096
            let values = isFull ? Array(repeating: "other", count: values.count) : values
            if let cell = state.cells[family.name]?[values] { return cell }
            let cell = state.nextCell
            precondition(cell + family.width <= MetricCells.capacity, "more metric families than there is room for")
            state.nextCell += family.width
            state.cells[family.name, default: [:]][values] = cell
            state.series[family.name, default: []].append(Series(values: values, cell: cell))
            return cell
        }
    }

    /// Something to ask at every scrape. One that has the same name replaces the earlier one.
    ///
    /// - Parameter source: runs on the thread that scrapes; must be quick and must not come back here.
    func source(_ name: String, _ source: @escaping Source) {
        state.withLock { state in
            if let index = state.sources.firstIndex(where: { $0.name == name }) {
                state.sources[index].source = source
            } else {
                state.sources.append((name, source))
            }
        }
    }

    /// A worker's own cells, for its life; they are kept and summed after it too.
    func cells() -> MetricCells {
        let cells = MetricCells()
        state.withLock { $0.workers.append(cells) }
        return cells
    }

    // MARK: Any time

    /// Counts from a thread that is no worker.
    func add(_ counter: Counter, _ amount: UInt64 = 1) {
        others.addShared(counter, amount)
    }

    /// Everything in Prometheus' text format, version 0.0.4. Reads a few files of /proc.
    func text() -> [UInt8] {
        let (series, workers, sources) = state.withLock { ($0.series, $0.workers, $0.sources) }
        var samples = MetricSamples()
        for (_, source) in sources { source(&samples) }
        var text = MetricText()
        for family in MetricFamily.all {
            text.append(family, series[family.name] ?? [], of: workers, and: samples.of(family))
        }
        return text.bytes
    }
}

/// What sources say at a scrape. The same series said twice is added up.
struct MetricSamples {
    private var values: [String: [(labels: [String], value: Double)]] = [:]

    /// - Parameter labels: one value for each label of the family, in its order.
    mutating func add(_ family: MetricFamily, _ labels: String..., value: Double) {
        precondition(labels.count == family.labels.count, "\(family.name) has the labels \(family.labels)")
        if let index = values[family.name]?.firstIndex(where: { $0.labels == labels }) {
            values[family.name]![index].value += value
        } else {
            values[family.name, default: []].append((labels, value))
        }
    }

    func of(_ family: MetricFamily) -> [(labels: [String], value: Double)] {
        values[family.name] ?? []
    }
}
