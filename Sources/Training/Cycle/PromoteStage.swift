public import Harvest
import JSON
public import Settings

/// Into service: on trial with a share of the traffic where the route says so, else at once. The gateways decide a
/// trial; the cycle does not wait for them.
public struct PromoteStage: CycleStage {
    public let stage = CycleRecord.Stage.promote
    private let route: RouteSettings
    private let by: String
    private let ledger: any Ledger

    public init(_ route: RouteSettings, by: String, ledger: any Ledger) {
        self.route = route
        self.by = by
        self.ledger = ledger
    }

    public func run(_ record: CycleRecord, report: @escaping @Sendable (String) -> Void) async throws -> StageEnd {
        guard let model = record.outcomes[.train]?["model"]?.string else {
            throw CycleStopped(why: "the training has left no model")
        }
        // Killed between the promotion and the record.
        let now = try await ledger.promotion(route: route.name, environment: record.environment)
        if now?.current.model == model { return .done(Self.outcome(canary: false, promoted: true, "it is in service")) }
        if now?.canary?.challenger.model == model {
            return .done(Self.outcome(canary: true, promoted: false, "it is on trial"))
        }
        let order = PromotionOrder(
            route: route.name,
            environment: record.environment,
            file: route.small?.model,
            contract: route.contract,
            model: model,
            way: route.canary.map { .canary(share: $0.share, within: Int($0.within.components.seconds)) } ?? .now,
            by: by
        )
        switch try await ledger.carryOut(order) {
        case .promoted(let service):
            report("\(model) is in service")
            return .done(Self.outcome(canary: false, promoted: true, service.reason))
        case .onTrial(let canary):
            report("\(model) is on trial with \((canary.share * 100).fixed(1)) % of the inputs")
            return .done(Self.outcome(canary: true, promoted: false, "the gateways decide by \(canary.endsAt.rfc3339)"))
        case .refused(let reasons):
            let outcome = Self.outcome(canary: false, promoted: false, nil)
            return .over(outcome, reason: reasons.joined(separator: "; "))
        }
    }

    private static func outcome(canary: Bool, promoted: Bool, _ reason: String?) -> JSONTree {
        .object([
            .init(name: "canary", value: .bool(canary)), .init(name: "promoted", value: .bool(promoted)),
            .init(name: "reason", value: reason.map { .string($0) } ?? .null),
        ])
    }
}
