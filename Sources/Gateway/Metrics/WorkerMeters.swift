import Harvest
import Judgment

/// What one worker counts. Confined to its loop's thread; each call is a load and a store or two.
final class WorkerMeters {
    private let cells: MetricCells
    private let phases: [Histogram]
    private let overhead: Histogram
    /// Exchanges that never found their route.
    private let nowhere: RouteMeter
    private let memory: [Counter]

    /// What a look into the process's own cache came to.
    enum Lookup: Int, CaseIterable { case hit, miss, shared }

    init(_ metrics: Metrics) {
        cells = metrics.cells()
        phases = Phase.allCases.map { metrics.histogram(.phases, "\($0)") }
        overhead = metrics.histogram(.overhead)
        // No route can have this name: settings know no parentheses in names.
        nowhere = metrics.meter(route: "(none)")
        memory = Lookup.allCases.map { metrics.counter(.cache, "memory", "\($0)") }
    }

    /// - Parameter route: nil where the request named none that there is.
    func request(_ route: RouteMeter?, _ answerer: Answerer, status: Int) {
        cells.add((route ?? nowhere).request(answerer, status: status))
    }

    func verdict(_ route: RouteMeter, _ reason: VerdictReason) {
        cells.add(route.verdict(reason))
    }

    func candidate(_ route: RouteMeter, _ reason: VerdictReason) {
        cells.add(route.candidate(reason))
    }

    func audited(_ route: RouteMeter, _ result: Candidate.Audit.Result) {
        if let counter = route.audit(result) { cells.add(counter) }
    }

    func spendRefused(_ route: RouteMeter) {
        cells.add(route.spendRefusals)
    }

    func spent(_ time: Duration, in phase: Phase) {
        cells.observe(phases[phase.rawValue], time)
    }

    func overhead(_ time: Duration) {
        cells.observe(overhead, time)
    }

    func lookup(_ result: Lookup) {
        cells.add(memory[result.rawValue])
    }

    /// A call that we broke off: what it would have taken and cost is not known.
    func cancelled(_ role: ModelMeter.Role) {
        cells.add(role.cancelled)
    }

    /// - Parameter cost: US dollars; nil where the price or the usage is not known.
    func asked(_ role: ModelMeter.Role, took time: Duration, input: Int, output: Int, cost: Double?) {
        cells.observe(role.seconds, time)
        cells.add(role.input, UInt64(max(0, input)))
        cells.add(role.output, UInt64(max(0, output)))
        if let cost, cost > 0, cost < 1e9 { cells.add(role.cost, UInt64((cost * 1e9).rounded())) }
    }
}

@available(*, unavailable, message: "confined to its worker's loop")
extension WorkerMeters: Sendable {}
