import Completions
import HTTPClient
import HTTPServer
import Harvest
import Loop
import Routing
import Settings

/// One set of settings, compiled for the request path. Immutable: a reload makes another one and swaps it whole.
final class Snapshot: Sendable {
    /// With the versions that are in service, whoever named them.
    let settings: GatewaySettings
    /// In the order of their `line`. Several may have one name: an entry of the file, and versions that are served in
    /// its place.
    let models: [ServedModel]
    let routes: [String: ServedRoute]
    /// Of the routes on which a version is on trial.
    let arms: [String: Arms]
    let router: Router
    let keys: KeyRing
    let limits: KeyLimits
    let hosts: HostCheck
    let tls: TLSContext?
    /// Another one for every snapshot of the process.
    let number: UInt64
    /// Clients at once: what the settings say, or what this process has descriptors for.
    var connections: Int {
        let calls = admissions.reduce(0) { $0 + $1.model.settings.maxInFlight }
        return Descriptors.connections(wanted: settings.server.limits.connections, calls: calls)
    }
    /// Unix seconds.
    let loadedAt = Int(WallTime.now().milliseconds / 1000)

    /// Off the loops: reads the TLS files.
    /// - Parameter promotions: by route; what they put into service, where the file does not win.
    convenience init(_ settings: GatewaySettings, _ promotions: [String: Promotion], shared: Shared) throws {
        try self.init(
            settings,
            promotions,
            lasting: shared.lasting,
            metrics: shared.metrics,
            names: shared.records.names
        )
    }

    init(
        _ file: GatewaySettings,
        _ promotions: [String: Promotion] = [:],
        lasting: Lasting,
        metrics: Metrics,
        names: ExchangeNames
    ) throws {
        // What can fail comes first: with `lasting`, limits change for settings under which exchanges run already.
        tls = try file.server.tls.map { try TLSContext(certificate: $0.certificate, key: $0.key) }
        let standings = file.routes.mapValues { Standing($0, promotions[$0.name]) }
        let settings = file.serving(
            file.routes.compactMapValues { route in
                guard let standing = standings[route.name], case .promoted = standing else { return nil }
                return route.serving(standing)
            }
        )
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
        var all = models.values.sorted { $0.line < $1.line }
        /// A route, with a line of its own for a version that is served in the place of the file's model.
        func served(_ route: RouteSettings, _ plan: RoutePlan, standing: Standing, arm: Arm? = nil) -> ServedRoute {
            var models = models
            if let small = route.small, small !== settings.models[small.name] {
                let version = ServedModel(
                    small,
                    admission: lasting.admission(of: small),
                    line: all.count,
                    meter: metrics.meter(model: small.name)
                )
                all.append(version)
                models[small.name] = version
            }
            return ServedRoute(
                route,
                routing: plan,
                version: settings.version,
                models: models,
                spend: lasting.ledger(of: route),
                meter: metrics.meter(route: route.name),
                recordNames: RecordNames(route, settings, table: names),
                service: lasting.service(of: route.name),
                standing: standing,
                arm: arm
            )
        }
        var routes: [String: ServedRoute] = [:]
        var arms: [String: Arms] = [:]
        for (name, route) in settings.routes {
            guard case .plan(let plan) = router.route(Array(name.utf8), for: nil) else {
                preconditionFailure("the router does not know route \(name), which it was made of")
            }
            let standing = standings[name] ?? .file
            routes[name] = served(route, plan, standing: standing)
            guard standing.allowsTrials, let canary = promotions[name]?.canary, let own = file.routes[name] else {
                continue
            }
            let tally = lasting.tally(of: canary)
            func side(_ route: RouteSettings, _ standing: Standing, _ side: ArmTally.Side) -> ServedRoute {
                let arm = Arm(side: side, tally: tally)
                let plan = RoutePlan(route, environment: settings.server.environment, arm: arm.name)
                return served(route, plan, standing: standing, arm: arm)
            }
            arms[name] = Arms(
                canary,
                challenger: side(own.serving(canary.challenger), .promoted(canary.challenger), .challenger),
                control: side(route, standing, .control)
            )
        }
        self.models = all
        self.routes = routes
        self.arms = arms
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

    /// Each admission with a model that has it: versions at one endpoint share that of the entry.
    private var admissions: [(admission: Admission, model: ServedModel)] {
        var seen: Set<ObjectIdentifier> = []
        return models.filter { seen.insert(ObjectIdentifier($0.admission)).inserted }.map { ($0.admission, $0) }
    }

    /// By the name of the entry.
    var admissionsByName: [String: [Admission]] {
        Dictionary(admissions.map { ($0.model.name, [$0.admission]) }, uniquingKeysWith: +)
    }
}
