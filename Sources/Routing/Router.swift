public import Settings

/// From the name that a client wrote in `model` to the plan of a route. Immutable; one for each settings in force.
///
/// ```swift
/// switch router.route(request.route, for: key) {
/// case .plan(let plan): choice = plan.choose(request, header: lookUp, key: key) { material }
/// case .unknown: 404, `model_not_found`
/// case .notAllowed: 403
/// }
/// ```
public struct Router: Sendable {
    /// What a route's name leads to.
    public enum Destination: Sendable {
        case plan(RoutePlan)
        /// No such route.
        case unknown
        /// There is one, but not for this key.
        case notAllowed
    }

    private let plans: [[UInt8]: RoutePlan]

    public init(_ settings: GatewaySettings) {
        var plans: [[UInt8]: RoutePlan] = [:]
        for route in settings.routes.values {
            plans[Array(route.name.utf8)] = RoutePlan(route, environment: settings.server.environment)
        }
        self.plans = plans
    }

    /// - Parameters:
    ///   - name: the request's `model`, decoded.
    ///   - key: nil where no keys are configured: every route is open.
    public func route(_ name: [UInt8], for key: ClientKey?) -> Destination {
        guard let plan = plans[name] else { return .unknown }
        if let key, !key.mayUse(route: plan.route.name) { return .notAllowed }
        return .plan(plan)
    }
}
