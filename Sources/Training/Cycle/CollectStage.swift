public import Harvest
import JSON

/// Examples by the large model: `generate` within the cycle.
public struct CollectStage: CycleStage {
    public let stage = CycleRecord.Stage.collect
    private let inputs: [GenerationPlan.Inputs]
    private let most: Int?
    private let agree: Int
    private let asker: Asker
    private let store: any Store

    /// - Parameters:
    ///   - inputs: one after the other.
    ///   - most: of inputs that are given alone, so many; how many are made up says the record.
    public init(_ inputs: [GenerationPlan.Inputs], most: Int?, agree: Int, asker: Asker, store: any Store) {
        self.inputs = inputs
        self.most = most
        self.agree = agree
        self.asker = asker
        self.store = store
    }

    public func run(_ record: CycleRecord, report: @escaping @Sendable (String) -> Void) async throws -> StageEnd {
        var outcomes: [JSONTree] = []
        for (index, source) in inputs.enumerated() {
            let isInvented = if case .invented = source { true } else { false }
            if isInvented, record.count == 0 { continue }
            let plan = try await GenerationPlan(
                source,
                count: isInvented ? record.count : inputs.count > 1 ? nil : most,
                agree: agree,
                asker: asker,
                environment: record.environment,
                store: store
            )
            let made = try await plan.carryOut(
                by: asker,
                agree: agree,
                environment: record.environment,
                store: store,
                name: "cycle-\(record.number).\(index + 1)",
                progress: { if $0.decided % 25 == 0 { report("\($0.kept) of \($0.wanted) kept, \($0.spent.dollars)") } }
            )
            if let stopped = made.stopped { throw CycleStopped(why: stopped) }
            report("\(made.kept) kept; \(made.losses.joined(separator: ", "))")
            outcomes.append(made.tree)
        }
        return .done(.array(outcomes))
    }
}
