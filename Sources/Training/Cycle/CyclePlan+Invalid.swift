import Harvest
import JSON
import Settings

// What was made under an older contract, and what that means for it.
extension CyclePlan {
    static func invalid(
        _ route: RouteSettings,
        environment: String,
        in store: any Store
    ) async throws(StoreError) -> [String] {
        var lines: [String] = []
        if let model = try await staleSmall(route, environment, store) {
            let meanwhile =
                route.onStaleSmall == .keep ? "goes on until then" : "is not asked until then: large answers"
            lines.append("the small model '\(model)' was trained for an older contract; it \(meanwhile)")
        }
        let older = try await olderAnswers(route, [.new, .accepted, .edited, .skipped], store)
        if older > 0 {
            lines.append(
                "\(older) answers in the store are of an older contract: they are not trained on; their inputs are asked again"
            )
        }
        let audited = try await olderAnswers(route, [.audited], store)
        if audited > 0 {
            lines.append("\(audited) audited answers are of an older contract: nothing is measured against them")
        }
        if !lines.isEmpty { lines.append("cached answers of an older contract are not served") }
        return lines
    }

    /// The model in service, where it was trained to do something else.
    private static func staleSmall(
        _ route: RouteSettings,
        _ environment: String,
        _ store: any Store
    ) async throws(StoreError) -> String? {
        let service = try await store.promotion(route: route.name, environment: environment)?.current
        guard let model = service?.model ?? route.small?.model else { return nil }
        let known = try await store.version(ModelVersion.id(route: route.name, model: model))?.contract
        guard let contract = service?.contract ?? known, contract != route.contract else { return nil }
        return model
    }

    private static func olderAnswers(
        _ route: RouteSettings,
        _ statuses: Set<Candidate.Status>,
        _ store: any Store
    ) async throws(StoreError) -> Int {
        var filter = CandidateFilter(route: route.name, statuses: statuses)
        let all = try await store.counts(filter).reduce(0) { $0 + $1.count }
        filter.contract = route.contract
        return all - (try await store.counts(filter).reduce(0) { $0 + $1.count })
    }
}

extension CyclePlan {
    /// For programs: `{"plan": [...], "invalid": [...], "estimate": {...}}`
    public func encode() -> [UInt8] {
        JSONTree.object([
            .init(name: "plan", value: .array(lines.map { .string($0) })),
            .init(name: "invalid", value: .array(invalid.map { .string($0) })),
            .init(
                name: "estimate",
                value: .object([
                    .init(name: "calls", value: .int(estimate.calls)),
                    .init(name: "prompt_tokens", value: .int(estimate.promptTokens)),
                    .init(name: "answer_tokens", value: .int(estimate.answerTokens)),
                    .init(name: "cost", value: .double(estimate.cost)),
                    .init(name: "price_missing", value: .bool(estimate.isPriceMissing)),
                    .init(name: "line", value: .string(estimate.line)),
                ])
            ),
        ]).encode()
    }
}
