// What the page Models asks, and what programs may ask as well: how a route's small models came about, and the next
// turn of its flywheel. Who is in service and on trial, and promote and roll back, are the gateway's own
// (/admin/v1/routes).
//
//   GET    models?route=ROUTE      versions, data sets, jobs, evaluations, turns: the latest of each
//   POST   routes/ROUTE/cycles     {"count","agree","budget","by"}: begins a turn; with "plan": true tells what it would do
//   GET    cycles/ROUTE/NUMBER     how far a turn is
//   DELETE cycles/ROUTE/NUMBER     ?by=: stops it; it can go on later

import Completions
import HTTPServer
import Harvest
import JSON
import Settings

/// On the loop of whoever calls; the store works on its own thread, a turn in its own process.
final class ModelsAPI: Sendable {
    private static let prefix = "/admin/v1/"

    private let host: any ConsoleHost
    private let cycles: (any CycleControl)?

    init(host: any ConsoleHost, cycles: (any CycleControl)?) {
        self.host = host
        self.cycles = cycles
    }

    /// - Returns: nil where the path is not one of these.
    func reply(_ request: HTTPRequest, path: String) async throws(APIError) -> HTTPReply? {
        guard path.hasPrefix(Self.prefix) else { return nil }
        let parts = path.dropFirst(Self.prefix.count).split(separator: "/").map(String.init)
        do {
            switch (parts.first, parts.count) {
            case ("models", 1):
                try Self.allow(request, path, .get, .head)
                return try await history(PageRequest(query: request))
            case ("routes", 3) where parts[2] == "cycles":
                try Self.allow(request, path, .post)
                return try await begin(route(parts[1]).name, PageRequest(body: request))
            case ("cycles", 2...):
                try Self.allow(request, path, .get, .head, .delete)
                let id = parts.dropFirst().joined(separator: "/")
                if request.method == .delete { return try await cancel(id, PageRequest(query: request)) }
                return PageReply.json(RouteHistory.heard(try await cycle(id)))
            default: return nil
            }
        } catch let error as StoreError {
            throw APIError(error)
        } catch let error as CycleRefusal {
            throw APIError(error)
        } catch let error as APIError {
            throw error
        } catch {
            throw .internalError
        }
    }

    private static func allow(
        _ request: HTTPRequest,
        _ path: String,
        _ methods: HTTPMethod...
    ) throws(APIError) {
        guard methods.contains(request.method) else { throw .wrongMethod(request.method.rawValue, path) }
    }

    private func route(_ name: String) async throws(APIError) -> RouteSettings {
        guard let route = await host.settings.routes[name] else { throw .unknownRoute(name) }
        return route
    }

    private func history(_ request: PageRequest) async throws -> HTTPReply {
        try request.allow("route")
        let route = try await route(try request.required("route"))
        let history = try await RouteHistory(of: route.name, in: host.reviews)
        return PageReply.json(
            PageReply.object { writer in
                writer.name("route")
                writer.string(route.name)
                writer.name("kind")
                writer.orNull(route.kind?.rawValue)
                writer.name("contract")
                writer.string(route.contract)
                writer.name("on_stale_small")
                writer.string(route.onStaleSmall.rawValue)
                writer.name("canary_share")
                if let share = route.canary?.share { writer.number(share) } else { writer.null() }
                writer.name("can_cycle")
                writer.bool(cycles != nil && route.training != nil && route.small != nil)
                history.writeMembers(to: &writer)
            }
        )
    }

    // MARK: Turns

    private func cycle(_ id: String) async throws -> LedgerDocument {
        guard let document = try await host.reviews.document(kind: RouteHistory.cycleKind, id: id) else {
            throw APIError.unknownCycle(id)
        }
        return document
    }

    private func begin(_ route: String, _ request: PageRequest) async throws -> HTTPReply {
        try request.allow("count", "agree", "budget", "by", "plan")
        guard let cycles else { throw APIError.noCycles }
        let order = CycleOrder(
            route: route,
            count: try request.count("count", in: 0...1_000_000),
            agree: try request.count("agree", in: 1...20, default: 1),
            budget: try request.number("budget", in: 0...1_000_000),
            by: try request.person("by")
        )
        if try request.flag("plan") { return PageReply.json(try await cycles.plan(order)) }
        let id = try await cycles.start(order, in: host.reviews)
        // The process that does it has written who started it into the store's own log.
        await host.audit("cycle", by: order.by, route: route, [("id", id)], isInStore: true)
        return PageReply.json(RouteHistory.heard(try await cycle(id)), status: 202)
    }

    private func cancel(_ id: String, _ request: PageRequest) async throws -> HTTPReply {
        try request.allow("by")
        guard let cycles else { throw APIError.noCycles }
        let document = try await cycle(id)
        let who = try request.text("by") == nil ? "admin port" : try request.person("by")
        guard RouteHistory.isRunning(document), let route = document.route,
            try await cycles.cancel(route: route, by: who, in: host.reviews) == id
        else { throw APIError.cycleIsOver(id) }
        await host.audit("cycle cancelled", by: who, route: route, [("id", id)], isInStore: true)
        return PageReply.json(RouteHistory.heard(try await cycle(id)), status: 202)
    }
}
