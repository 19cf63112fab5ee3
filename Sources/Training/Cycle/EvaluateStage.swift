public import Harvest
import JSON
public import Settings

/// The new version against the large model, on inputs that nothing was trained on.
public struct EvaluateStage: CycleStage {
    public let stage = CycleRecord.Stage.evaluate
    private let route: RouteSettings
    private let purse: Purse
    private let journal: Journal
    private let store: any Store

    public init(_ route: RouteSettings, purse: Purse, journal: Journal, store: any Store) {
        self.route = route
        self.purse = purse
        self.journal = journal
        self.store = store
    }

    public func run(_ record: CycleRecord, report: @escaping @Sendable (String) -> Void) async throws -> StageEnd {
        guard let model = record.outcomes[.train]?["model"]?.string else {
            throw CycleStopped(why: "the training has left no model")
        }
        let evaluating = try await Evaluating(
            route,
            environment: record.environment,
            model: model,
            purse: purse,
            journal: journal,
            store: store
        )
        report(evaluating.plan.estimate.line)
        let evaluation = try await evaluating.run { done, total in
            if done == total || done % 25 == 0 { report("asked about \(done) of \(total) inputs") }
        }
        let outcome = JSONTree.object(
            evaluation.summary.map { .init(name: $0.0, value: $0.1) } + [
                .init(name: "id", value: .string(evaluation.id)),
                .init(name: "met", value: .bool(evaluation.bar.isMet)),
            ]
        )
        if evaluation.bar.isMet { return .done(outcome) }
        let words = evaluation.bar.reasons + evaluation.bar.help
        return .over(outcome, reason: "the bar is not met: \(words.joined(separator: "; "))")
    }
}
