import Harvest
import Judgment

/// Who answered, as the label `answered_by` says it.
enum Answerer: Int, Sendable, CaseIterable {
    case small, large, cache
    /// An error of our own.
    case none
}

/// The phases of an exchange, as the label `phase` says them.
enum Phase: Int, Sendable, CaseIterable {
    case receive, choose, recall, ask, judge, harvest, answer, remember
}

/// A route's series, looked up when settings are loaded: every combination its exchanges can need. An object, since
/// every exchange takes it in hand several times.
final class RouteMeter: Sendable {
    /// Statuses that have a series of their own; the others are counted as `other`.
    private static let statuses = [
        200, 400, 401, 403, 404, 405, 408, 413, 415, 417, 421, 422, 429, 431, 499, 500, 502, 503, 504,
    ]
    /// By status - 200; the position in the table's row.
    private static let rows: [UInt8] = {
        var rows = [UInt8](repeating: UInt8(statuses.count), count: 400)
        for (row, status) in statuses.enumerated() { rows[status - 200] = UInt8(row) }
        return rows
    }()

    /// Answers of small, large and cache: 200, or something else.
    private let answered: [Counter]
    private let refused: [Counter]
    private let verdicts: [Counter]
    private let candidates: [Counter]
    private let audits: [Candidate.Audit.Result: Counter]
    let spendRefusals: Counter

    init(_ metrics: Metrics, route: String) {
        answered = [Answerer.small, .large, .cache].flatMap { answerer in
            ["200", "other"].map { metrics.counter(.requests, route, "\(answerer)", $0) }
        }
        refused = (Self.statuses.map(String.init) + ["other"]).map { metrics.counter(.requests, route, "none", $0) }
        verdicts = VerdictReason.all.map { metrics.counter(.verdicts, route, $0.rawValue) }
        candidates = VerdictReason.all.map { metrics.counter(.candidates, route, $0.rawValue) }
        audits = Dictionary(
            uniqueKeysWithValues: [.agree, .contradict, .failed].map { result in
                (result, metrics.counter(.audits, route, result.rawValue))
            }
        )
        spendRefusals = metrics.counter(.spendRefusals, route)
    }

    func request(_ answerer: Answerer, status: Int) -> Counter {
        guard answerer == .none else { return answered[answerer.rawValue * 2 + (status == 200 ? 0 : 1)] }
        return refused[status >= 200 && status < 600 ? Int(Self.rows[status - 200]) : Self.statuses.count]
    }

    func verdict(_ reason: VerdictReason) -> Counter { verdicts[reason.index] }
    func candidate(_ reason: VerdictReason) -> Counter { candidates[reason.index] }
    /// Nil for one that is not over.
    func audit(_ result: Candidate.Audit.Result) -> Counter? { audits[result] }
}

/// A model's series, for each role it may play.
struct ModelMeter: Sendable {
    struct Role: Sendable {
        let seconds: Histogram
        let input: Counter
        let output: Counter
        /// In billionths of a US dollar.
        let cost: Counter
        let cancelled: Counter
    }

    let small: Role
    let large: Role

    init(_ metrics: Metrics, model: String) {
        func role(_ role: String) -> Role {
            Role(
                seconds: metrics.histogram(.upstream, model, role),
                input: metrics.counter(.tokens, model, role, "input"),
                output: metrics.counter(.tokens, model, role, "output"),
                cost: metrics.counter(.cost, model, role),
                cancelled: metrics.counter(.cancelled, model, role)
            )
        }
        small = role("small")
        large = role("large")
    }
}

extension Metrics {
    func meter(route: String) -> RouteMeter { RouteMeter(self, route: route) }
    func meter(model: String) -> ModelMeter { ModelMeter(self, model: model) }
    /// Call it once for each worker, on any thread.
    func worker() -> WorkerMeters { WorkerMeters(self) }
}
