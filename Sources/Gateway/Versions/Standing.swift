import Harvest
import Settings

/// What stands behind a route's small model: the file, or a promotion.
enum Standing: Sendable, Equatable {
    /// Nothing is promoted.
    case file
    /// A version in the place of the file's model; nil where the promotion was rolled back to the file's own.
    case promoted(Promotion.Service)
    /// The file has changed since the promotion, which is therefore not in force.
    case fileWins(Promotion)
    /// There is a promotion, and no `small` to fill in.
    case noPlace

    init(_ route: RouteSettings, _ promotion: Promotion?) {
        guard let promotion else {
            self = .file
            return
        }
        guard let small = route.small else {
            self = .noPlace
            return
        }
        guard promotion.isInForce(over: small.model) else {
            self = .fileWins(promotion)
            return
        }
        self = promotion.current.version == nil ? .file : .promoted(promotion.current)
    }

    /// Whether a version may be on trial beside it.
    var allowsTrials: Bool {
        switch self {
        case .file, .promoted: true
        case .fileWins, .noPlace: false
        }
    }

    /// The contract that the model in service was trained for, where that is known.
    var contract: String? {
        if case .promoted(let service) = self { service.contract } else { nil }
    }

    /// The model in service was trained for another contract than the route has now; false where that is not known.
    func isStale(on route: RouteSettings) -> Bool { contract.map { $0 != route.contract } ?? false }
}

extension RouteSettings {
    /// The route with that version in service.
    func serving(_ service: Promotion.Service) -> RouteSettings {
        serving(service.model, at: service.baseURL, threshold: service.threshold)
    }

    /// The route as it is served: where `on_stale_small` is large, a model that is stale is as good as none.
    func serving(_ standing: Standing) -> RouteSettings {
        guard case .promoted(let service) = standing else { return self }
        if onStaleSmall == .large, standing.isStale(on: self) { return serving(nil, threshold: nil) }
        return serving(service)
    }
}
