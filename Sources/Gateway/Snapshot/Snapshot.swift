import Completions
import HTTPClient
import HTTPServer
import Harvest
import Loop
import Routing
import Settings

/// One set of settings, compiled for the request path. Immutable: a reload makes another one and swaps it whole.
final class Snapshot: Sendable {
    let settings: GatewaySettings
    /// In the order of their `line`.
    let models: [ServedModel]
    let routes: [String: ServedRoute]
    let router: Router
    let keys: KeyRing
    let limits: KeyLimits
    let hosts: HostCheck
    let tls: TLSContext?
    /// Another one for every snapshot of the process.
    let number: UInt64
    /// Clients at once: what the settings say, or what this process has descriptors for.
    var connections: Int {
        let calls = models.reduce(0) { $0 + $1.settings.maxInFlight }
        return Descriptors.connections(wanted: settings.server.limits.connections, calls: calls)
    }
    /// Unix seconds.
    let loadedAt = Int(WallTime.now().milliseconds / 1000)

    /// Off the loops: reads the TLS files.
    convenience init(_ settings: GatewaySettings, shared: Shared) throws {
        try self.init(settings, lasting: shared.lasting, metrics: shared.metrics, names: shared.records.names)
    }

    init(_ settings: GatewaySettings, lasting: Lasting, metrics: Metrics, names: ExchangeNames) throws {
        // What can fail comes first: with `lasting`, limits change for settings under which exchanges run already.
        tls = try settings.server.tls.map { try TLSContext(certificate: $0.certificate, key: $0.key) }
        self.settings = settings
        let router = Router(settings)
        var models: [String: ServedModel] = [:]
        for (line, name) in settings.models.keys.sorted().enumerated() {
            let model = settings.models[name]!
            models[name] = ServedModel(
                model,
                admission: lasting.admission(of: model),
                line: line,
                meter: metrics.meter(model: name)
            )
        }
        self.models = models.values.sorted { $0.line < $1.line }
        var routes: [String: ServedRoute] = [:]
        for (name, route) in settings.routes {
            guard case .plan(let plan) = router.route(Array(name.utf8), for: nil) else {
                preconditionFailure("the router does not know route \(name), which it was made of")
            }
            routes[name] = ServedRoute(
                route,
                routing: plan,
                version: settings.version,
                models: models,
                spend: lasting.ledger(of: route),
                meter: metrics.meter(route: name),
                recordNames: RecordNames(route, settings, table: names)
            )
        }
        self.routes = routes
        self.router = router
        keys = KeyRing(settings)
        limits = lasting.limits(of: settings.keys)
        hosts = HostCheck(hosts: settings.server.hosts)
        number = lasting.nextNumber()
    }

    /// The route that a request names.
    func plan(_ request: CompletionRequest, for client: ClientKey?) throws(APIError) -> RoutePlan {
        switch router.route(request.route, for: client) {
        case .unknown: throw .unknownRoute(String(decoding: request.route, as: UTF8.self))
        case .notAllowed: throw .forbiddenRoute(String(decoding: request.route, as: UTF8.self))
        case .plan(let plan): return plan
        }
    }

    func served(_ plan: RoutePlan) -> ServedRoute {
        routes[plan.route.name]!
    }
}
