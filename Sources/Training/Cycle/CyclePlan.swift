public import Harvest
public import Settings

/// What a turn of the flywheel is going to do, and what that will probably cost: told before anything is paid.
public struct CyclePlan: Sendable {
    /// Where examples come from, one after the other.
    public let inputs: [GenerationPlan.Inputs]
    /// How many are made up.
    public let count: Int
    /// What decides what is done.
    public let arguments: [String]
    public let lines: [String]
    /// What the contract in force makes invalid, a line each.
    public let invalid: [String]
    public let estimate: Estimate

    /// - Parameters:
    ///   - inputs: nil: what is in the store under an older contract, and then inputs that are made up.
    ///   - count: how many to make up, or, where none are made up, of the inputs to take; nil: as many as the route's kind
    ///     needs and the store has not, or all.
    public init(
        _ inputs: [GenerationPlan.Inputs],
        count wanted: Int?,
        agree: Int,
        route: RouteSettings,
        training: TrainingSettings,
        environment: String,
        store: any Store
    ) async throws {
        self.inputs = inputs
        let there = try await Self.examples(of: route, in: store)
        count = wanted ?? max(0, (route.kind?.enough ?? GenerationPlan.usualCount) - there)
        let asker = Asker(route, purse: Purse(limit: 0), journal: Journal())
        var arguments = ["agree \(agree)", "count \(wanted.map { "\($0)" } ?? "as needed")"]
        var lines: [String] = []
        var estimate = Estimate()
        var new = 0
        for source in inputs {
            let isInvented = if case .invented = source { true } else { false }
            if isInvented, count == 0 { continue }
            let plan = try await GenerationPlan(
                source,
                count: isInvented ? count : inputs.count > 1 ? nil : wanted,
                agree: agree,
                asker: asker,
                environment: environment,
                store: store
            )
            arguments += plan.arguments
            estimate = estimate + plan.estimate
            switch plan.source {
            case .given(let inputs) where inputs.isEmpty: continue
            case .given(let inputs):
                new += inputs.count
                lines.append("collect: large answers \(inputs.count) inputs; \(plan.estimate.line)")
            case .invented(let count, _):
                new += count
                lines.append("collect: large makes up \(count) examples; \(plan.estimate.line)")
            }
        }
        await asker.close()
        let all = there + new
        if new == 0 { lines.append("collect: nothing, the store has \(there) answers under the contract in force") }
        let (trainingLine, cost) = Self.training(on: all, training)
        lines.append(trainingLine)
        estimate.add(cost: cost)
        let (held, measuring) = Estimate.measuring(all, of: route)
        lines.append("evaluate: on about \(held) inputs that are not trained on; \(measuring.line)")
        estimate = estimate + measuring
        lines.append(
            route.canary.map {
                "promote: if it meets the bar, on trial with \(($0.share * 100).fixed(1)) % of the inputs"
            }
                ?? "promote: if it meets the bar, at once"
        )
        self.lines = lines
        invalid = try await Self.invalid(route, environment: environment, in: store)
        self.arguments = arguments
        self.estimate = estimate
    }

    /// Under the contract in force.
    public static func examples(of route: RouteSettings, in store: any Store) async throws -> Int {
        let filter = CandidateFilter(
            route: route.name,
            statuses: [.new, .accepted, .edited, .skipped],
            contract: route.contract
        )
        return try await store.counts(filter).reduce(0) { $0 + $1.count }
    }

    /// As often over all lines as providers go by default.
    private static func training(on examples: Int, _ training: TrainingSettings) -> (line: String, cost: Double) {
        let tokens = examples * 128 * TrainingPrice.epochs(examples)
        guard let price = TrainingPrice.perMillion(training) else {
            return ("train: on about \(examples) examples; what that costs is not known", 0)
        }
        let cost = Double(tokens) * price / 1_000_000
        return ("train: on about \(examples) examples, \(tokens) tokens: about \(cost.dollars)", cost)
    }
}
