// Putting a version into service, or on trial: the same for the command line, the admin port and the training cycle.
// What stands in the way is told all at once; `force` goes past it, and says so in the audit log for good.

import JSON

/// What is to be put into service where.
public struct PromotionOrder: Sendable {
    public enum Way: Sendable, Equatable {
        /// All the traffic at once.
        case now
        /// On trial with a share first, for at most so many seconds; at once where nobody would notice.
        case canary(share: Double, within: Int)
    }

    public var route: String
    public var environment: String
    /// What the settings file names as the small model's `model`.
    public var file: String?
    /// The contract in force.
    public var contract: String
    /// Nil: the newest version.
    public var model: String?
    public var way: Way
    public var by: String
    /// Why it goes past what stands in the way; nil: it does not.
    public var force: String?

    public init(
        route: String,
        environment: String,
        file: String?,
        contract: String,
        model: String? = nil,
        way: Way,
        by: String,
        force: String? = nil
    ) {
        self.route = route
        self.environment = environment
        self.file = file
        self.contract = contract
        self.model = model
        self.way = way
        self.by = by
        self.force = force
    }

    public enum Outcome: Sendable, Equatable {
        case promoted(Promotion.Service)
        case onTrial(Canary)
        /// Nothing was changed.
        case refused([String])
    }

    /// For so long a small model must have been silent for a version to be promoted without a trial.
    public static let silence = 3600
}

extension Ledger {
    /// Carries out an order.
    public func carryOut(_ order: PromotionOrder) async throws(StoreError) -> PromotionOrder.Outcome {
        guard let version = try await version(for: order) else {
            let known = try await versions(route: order.route).map(\.model)
            let named = order.model.map { "no version \($0)" } ?? "no version yet"
            return .refused([
                "route \(order.route) has \(named)"
                    + (known.isEmpty ? "" : "; there are \(known.joined(separator: ", "))")
            ])
        }
        let reasons = try await obstacles(to: version, order)
        guard reasons.isEmpty || order.force != nil else { return .refused(reasons) }
        let service = Promotion.Service(
            version: version.id,
            model: version.model,
            baseURL: version.baseURL,
            threshold: version.threshold,
            contract: version.contract,
            by: order.by,
            reason: order.force.map { "forced: \($0)" } ?? "the bar is met",
            forced: !reasons.isEmpty
        )
        let trial = try await trial(of: service, order)
        _ = try await changePromotion(route: order.route, environment: order.environment) { old in
            var promotion =
                old
                ?? Promotion(route: order.route, environment: order.environment, file: order.file, by: order.by)
            if let trial {
                // What the file says now is what the trial runs beside.
                if !promotion.isInForce(over: order.file) {
                    promotion = Promotion(
                        route: order.route,
                        environment: order.environment,
                        file: order.file,
                        by: order.by
                    )
                }
                promotion.start(trial)
            } else {
                promotion.promote(service, over: order.file)
            }
            return promotion
        }
        try await note(order, service, trial, past: reasons)
        return trial.map { .onTrial($0) } ?? .promoted(service)
    }

    private func version(for order: PromotionOrder) async throws(StoreError) -> ModelVersion? {
        if let model = order.model { return try await version(ModelVersion.id(route: order.route, model: model)) }
        return try await versions(route: order.route)
            .filter { $0.environment == order.environment }
            .max { $0.createdAt < $1.createdAt }
    }

    /// Everything that stands in the way.
    private func obstacles(
        to version: ModelVersion,
        _ order: PromotionOrder
    ) async throws(StoreError) -> [String] {
        var reasons: [String] = []
        if version.contract != order.contract {
            reasons.append("it was trained for another contract than the one in force: train for this one")
        }
        if version.environment != order.environment {
            reasons.append(
                "it belongs to \(version.environment), not \(order.environment): "
                    + "'understudy versions export' there, 'import' here"
            )
        }
        guard let id = version.evaluation,
            let document = try await document(kind: "evaluation", id: id),
            let tree = try? JSONTree.parse(document.json)
        else { return reasons + ["it was not evaluated: 'understudy evaluate \(order.route)'"] }
        if let contract = tree["contract"]?.string, contract != order.contract {
            reasons.append("it was evaluated under another contract: 'understudy evaluate \(order.route)' again")
        }
        switch tree["bar"]?["met"]?.bool {
        case true?: break
        case false?:
            let missing = (tree["bar"]?["reasons"]?.array ?? []).compactMap(\.string)
            reasons += missing.isEmpty ? ["its evaluation does not meet the bar"] : missing
        case nil: reasons.append("its evaluation says nothing of the bar: 'understudy evaluate \(order.route)' again")
        }
        return reasons
    }

    /// Nil: at once.
    private func trial(of service: Promotion.Service, _ order: PromotionOrder) async throws(StoreError) -> Canary? {
        guard case .canary(let share, let within) = order.way else { return nil }
        let last = try await smallAnswered(route: order.route, environment: order.environment)
        let silence = Int64(PromotionOrder.silence) * 1000
        guard let last, WallTime.now().milliseconds - last.milliseconds < silence else { return nil }
        return Canary(challenger: service, share: share, within: within)
    }

    private func note(
        _ order: PromotionOrder,
        _ service: Promotion.Service,
        _ trial: Canary?,
        past reasons: [String]
    ) async throws(StoreError) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("environment")
        writer.string(order.environment)
        writer.name("model")
        writer.stringOrNull(service.model)
        writer.name("forced")
        writer.bool(service.forced)
        writer.name("reason")
        writer.string(service.reason)
        if let trial {
            writer.name("canary")
            writer.string(trial.id)
            writer.name("share")
            writer.number(trial.share)
        }
        if !reasons.isEmpty {
            writer.name("past")
            writer.beginArray()
            for reason in reasons { writer.string(reason) }
            writer.endArray()
        }
        writer.endObject()
        let what = trial == nil ? "promote" : "canary"
        try await add(LedgerEvent(who: order.by, what: what, route: order.route, detail: writer.bytes))
    }

    // MARK: Back

    /// Ends a trial, or brings the version before back into service.
    /// - Returns: what went, and what is in service now; nil: there is nothing to go back from.
    public func rollBack(
        route: String,
        environment: String,
        by: String,
        reason: String = "asked for"
    ) async throws(StoreError) -> (gone: Promotion.Service, now: Promotion)? {
        var gone: Promotion.Service?
        let now = try await changePromotion(route: route, environment: environment) { old in
            guard var promotion = old else { return nil }
            gone = promotion.rollBack(by: by, reason: reason)
            return gone == nil ? nil : promotion
        }
        guard let gone, let now else { return nil }
        try await noteEnd("rollback", route: route, environment: environment, gone, by: by, reason: reason)
        return (gone, now)
    }

    /// A line of the audit log on a version that went, or whose trial ended.
    public func noteEnd(
        _ what: String,
        route: String,
        environment: String,
        _ service: Promotion.Service,
        by: String,
        reason: String
    ) async throws(StoreError) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("environment")
        writer.string(environment)
        writer.name("model")
        writer.stringOrNull(service.model)
        writer.name("reason")
        writer.string(reason)
        writer.endObject()
        try await add(LedgerEvent(who: by, what: what, route: route, detail: writer.bytes))
    }
}
