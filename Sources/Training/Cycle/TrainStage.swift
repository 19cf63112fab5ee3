public import Harvest
import JSON
public import Settings

/// The next small model: data set, job, version.
public struct TrainStage: CycleStage {
    public let stage = CycleRecord.Stage.train
    private let route: RouteSettings
    private let work: FineTuning
    private let asker: Asker
    private let store: any Store

    public init(_ work: FineTuning, of route: RouteSettings, asker: Asker, store: any Store) {
        self.work = work
        self.route = route
        self.asker = asker
        self.store = store
    }

    public func run(_ record: CycleRecord, report: @escaping @Sendable (String) -> Void) async throws -> StageEnd {
        // Killed between the version and the record: it is there, whatever has come to the store since.
        let made = try await store.versions(route: route.name).filter {
            $0.environment == record.environment && $0.contract == record.contract && $0.createdAt >= record.startedAt
        }
        if let version = made.max(by: { $0.createdAt < $1.createdAt }) { return .done(Self.outcome(version)) }
        let plan = try await work.plan()
        for line in plan.lines { report(line) }
        if let obstacle = plan.obstacles.first { throw CycleStopped(why: obstacle) }
        return .done(Self.outcome(try await work.run(plan, asking: asker, report: report).version))
    }

    private static func outcome(_ version: ModelVersion) -> JSONTree {
        .object([
            .init(name: "model", value: .string(version.model)),
            .init(name: "examples", value: version.examples.map { .int($0) } ?? .null),
            .init(name: "data_set", value: version.dataSet.map { .string($0) } ?? .null),
            .init(name: "job", value: version.job.map { .string($0) } ?? .null),
        ])
    }
}
