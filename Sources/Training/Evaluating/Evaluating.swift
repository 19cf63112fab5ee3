public import Harvest
public import Settings

/// An evaluation with real models: which version, what is in service beside it, and who asks them. Of `evaluate` and of
/// the cycle.
public struct Evaluating: Sendable {
    public let version: ModelVersion
    public let plan: Evaluator.Plan
    private let evaluator: Evaluator
    private let askers: [Asker]
    private let purse: Purse

    /// There is nothing to evaluate, or not that.
    public struct NoVersion: Error, CustomStringConvertible {
        public let description: String
    }

    /// Makes the plan; asks nobody yet.
    /// - Parameters:
    ///   - model: by the provider's name; nil: the version of the store that is newest, else the model of the settings.
    ///   - journal: remembers answers; the caller closes it.
    /// - Throws: `NoVersion`, `StoreError`.
    public init(
        _ route: RouteSettings,
        environment: String,
        model: String? = nil,
        purse: Purse,
        journal: Journal,
        store: any Store
    ) async throws {
        guard route.small != nil else { throw NoVersion(description: "the route '\(route.name)' has no small model") }
        let version = try await Self.version(model, of: route, environment, store)
        let asker = Asker(
            route,
            purse: purse,
            journal: journal,
            small: ModelName(version.model, baseURL: version.baseURL)
        )
        var askers = [asker]
        var inService: Evaluator.InService?
        if let other = try await Self.inService(beside: version, of: route, environment, store) {
            let asker = Asker(route, purse: purse, journal: journal, small: other.model)
            askers.append(asker)
            inService = Evaluator.InService(model: other.model.model, asking: asker, threshold: other.threshold)
        }
        self.version = version
        self.askers = askers
        self.purse = purse
        evaluator = Evaluator(
            version,
            of: route,
            environment: environment,
            inService: inService,
            asking: asker,
            store: store
        )
        plan = try await evaluator.plan { request, role in
            asker.estimate(request, as: role, count: 1, answerTokens: Self.usualAnswer)
        }
    }

    /// Tokens, where nothing is known yet.
    private static let usualAnswer = 64

    /// Runs it, keeps its document, and ends the askers.
    /// - Throws: `AskFailure`, `StoreError`.
    public func run(progress: @Sendable (Int, Int) -> Void = { _, _ in }) async throws -> Evaluation {
        let before = await purse.spent
        let result: Result<Evaluation, any Error>
        do {
            let spent: @Sendable () async -> Double = { [purse] in await purse.spent - before }
            result = .success(try await evaluator.run(plan, spent: spent, progress: progress))
        } catch {
            result = .failure(error)
        }
        for asker in askers { await asker.close() }
        return try result.get()
    }

    // MARK: Versions

    private static func version(
        _ model: String?,
        of route: RouteSettings,
        _ environment: String,
        _ store: any Store
    ) async throws -> ModelVersion {
        if let model {
            if let known = try await store.version(ModelVersion.id(route: route.name, model: model)) { return known }
            return unknown(model, route, environment)
        }
        let versions = try await store.versions(route: route.name)
        // Written last is not made last: an evaluation writes a version too.
        if let newest = versions.max(by: { $0.createdAt < $1.createdAt }) { return newest }
        guard let model = route.small?.model else {
            throw NoVersion(
                description: "the route '\(route.name)' has no version yet, and no small model in the settings"
            )
        }
        return unknown(model, route, environment)
    }

    /// A model that was not trained from here: nobody knows on what, and it is held to the contract in force.
    private static func unknown(_ model: String, _ route: RouteSettings, _ environment: String) -> ModelVersion {
        ModelVersion(route: route.name, model: model, environment: environment, contract: route.contract)
    }

    /// What answers now, unless it is the same, or is known to be trained for another contract: what that leaves to
    /// large says nothing about what this one asks for.
    private static func inService(
        beside version: ModelVersion,
        of route: RouteSettings,
        _ environment: String,
        _ store: any Store
    ) async throws -> (model: ModelName, threshold: Double?)? {
        let file = route.small?.model
        let promotion = try await store.promotion(route: route.name, environment: environment)
        let service = promotion.flatMap { $0.isInForce(over: file) ? $0.current : nil }
        guard let model = service?.model ?? file, model != version.model else { return nil }
        let known = try await store.version(ModelVersion.id(route: route.name, model: model))
        if let contract = service?.contract ?? known?.contract, contract != route.contract { return nil }
        return (
            ModelName(model, baseURL: service?.baseURL ?? known?.baseURL), service?.threshold ?? known?.threshold
        )
    }
}
