import Completions
import Harvest
import JSON
import Logging
import Settings

// What the admin port and the log say of versions.
extension Desk {
    /// Where the small models of routes come from, as far as that has changed.
    /// - Parameter before: nil: at the start.
    func tellStandings(before: Snapshot?) {
        for route in snapshot.routes.values.sorted(by: { $0.name < $1.name }) {
            let old = before?.routes[route.name]?.standing
            if route.standing != old { tell(route, before: old) }
            if route.isSmallStale, before?.routes[route.name]?.isSmallStale != true { tellStale(route) }
            let (trial, last) = (snapshot.arms[route.name]?.canary, before?.arms[route.name]?.canary)
            guard let trial, trial.id != last?.id || trial.step != last?.step else { continue }
            log.notice(
                "a version is on trial",
                metadata: [
                    "route": "\(route.name)", "model": "\(trial.challenger.model ?? "")", "share": "\(trial.share)",
                    "canary": "\(trial.id)",
                ]
            )
        }
    }

    private func tellStale(_ route: ServedRoute) {
        let goesOn = route.settings.onStaleSmall == .keep
        log.warning(
            "the small model in service was trained for another contract: \(goesOn ? "it goes on" : "large answers")",
            metadata: [
                "route": "\(route.name)", "contract": "\(route.settings.contract)",
                "trained_for": "\(route.standing.contract ?? "")",
            ]
        )
    }

    private func tell(_ route: ServedRoute, before: Standing?) {
        var facts: Logger.Metadata = ["route": "\(route.name)"]
        switch route.standing {
        case .file:
            guard let before, before != .file else { return }
            facts["model"] = "\(route.settings.small?.model ?? "none")"
            log.notice("the settings file's model is in service again", metadata: facts)
        case .promoted(let service):
            facts["model"] = "\(service.model ?? "none")"
            facts["by"] = "\(service.by)"
            facts["reason"] = "\(service.reason)"
            log.notice("a promoted version is in service", metadata: facts)
        case .fileWins(let promotion):
            facts["model"] = "\(route.settings.small?.model ?? "none")"
            facts["promoted"] = "\(promotion.current.model ?? "none")"
            facts["replaced"] = "\(promotion.replaced ?? "none")"
            log.warning(
                "the settings file names another model than when a version was promoted: the file wins",
                metadata: facts
            )
        case .noPlace:
            log.warning("a version was promoted, and the route has no 'small' to fill in", metadata: facts)
        }
    }

    // MARK: The admin port

    /// `POST /admin/v1/routes/{route}/promote`
    func promote(_ name: String, _ wish: PromotionWish) async throws(APIError) -> (isDone: Bool, body: [UInt8]) {
        guard let route = snapshot.routes[name]?.settings else { throw .unknownRoute(name) }
        guard route.small != nil else {
            throw APIError(InvalidRequest("Route '\(name)' has no 'small:' entry for a version to fill in."))
        }
        let order = PromotionOrder(
            route: name,
            environment: snapshot.settings.server.environment,
            file: fileModel(of: name),
            contract: route.contract,
            model: wish.model,
            way: wish.way(for: route),
            by: wish.by,
            force: wish.force
        )
        do throws(StoreError) {
            let outcome = try await store.carryOut(order)
            await lookAgain(name)
            if case .refused = outcome { return (false, outcome.encode()) }
            return (true, outcome.encode())
        } catch {
            throw APIError(error)
        }
    }

    /// `POST /admin/v1/routes/{route}/rollback`
    func rollBack(_ name: String, by: String, reason: String) async throws(APIError) -> (isDone: Bool, body: [UInt8]) {
        guard snapshot.routes[name] != nil else { throw .unknownRoute(name) }
        let environment = snapshot.settings.server.environment
        let done: (gone: Promotion.Service, now: Promotion)?
        do throws(StoreError) {
            done = try await store.rollBack(route: name, environment: environment, by: by, reason: reason)
        } catch {
            throw APIError(error)
        }
        await lookAgain(name)
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("rolled_back")
        writer.bool(done != nil)
        if let done {
            writer.name("model")
            if let model = done.gone.model { writer.string(model) } else { writer.null() }
            writer.name("promotion")
            done.now.write(to: &writer)
        } else {
            writer.name("reason")
            writer.string("nothing was promoted before, and nothing is on trial")
        }
        writer.endObject()
        return (done != nil, writer.bytes)
    }

    /// This gateway need not wait for its next look.
    private func lookAgain(_ route: String) async {
        let environment = snapshot.settings.server.environment
        guard let found = try? await store.promotion(route: route, environment: environment) else { return }
        var promotions = promotions
        promotions[route] = found
        await adopt(promotions)
    }
}

/// What somebody asks for who promotes at the admin port: the members of the body.
struct PromotionWish: Sendable {
    var model: String?
    var share: Double?
    var now: Bool
    var force: String?
    var by: String
    /// Of a way back.
    var reason: String

    /// - Parameter body: empty: the newest version, as the route's settings have it.
    init(body: [UInt8]) throws(APIError) {
        guard !body.isEmpty else {
            (model, share, now, force, by, reason) = (nil, nil, false, nil, "admin port", "asked for")
            return
        }
        guard let tree = try? JSONTree.parse(body), tree.object != nil else {
            throw APIError(InvalidRequest("The body must be a JSON object."))
        }
        model = tree["model"]?.string
        share = tree["canary"]?.double
        now = tree["now"]?.bool ?? false
        force = tree["force"]?.string
        by = tree["by"]?.string ?? "admin port"
        reason = tree["reason"]?.string ?? "asked for"
        if let share, !(share > 0 && share <= 0.5) {
            throw APIError(InvalidRequest("'canary' is a share above 0 and at most 0.5.", param: "canary"))
        }
        if now, share != nil {
            throw APIError(InvalidRequest("'canary' and 'now' contradict each other.", param: "now"))
        }
        if let force, force.isEmpty {
            throw APIError(InvalidRequest("'force' is the reason, for the record.", param: "force"))
        }
    }

    func way(for route: RouteSettings) -> PromotionOrder.Way {
        if now { return .now }
        let within = route.canary.map { Int($0.within.components.seconds) } ?? 7 * 86_400
        if let share = share ?? route.canary?.share { return .canary(share: share, within: within) }
        return .now
    }
}

extension PromotionOrder.Outcome {
    /// `promoted`, and why not where it is not.
    func encode() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("promoted")
        if case .promoted = self { writer.bool(true) } else { writer.bool(false) }
        writer.name("canary")
        if case .onTrial(let canary) = self { canary.write(to: &writer) } else { writer.null() }
        if case .promoted(let service) = self {
            writer.name("service")
            service.write(to: &writer)
        }
        if case .refused(let reasons) = self {
            writer.name("reasons")
            writer.strings(reasons)
        }
        writer.endObject()
        return writer.bytes
    }
}
