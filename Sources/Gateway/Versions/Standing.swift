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
}

extension RouteSettings {
    /// The route with that version in service.
    func serving(_ service: Promotion.Service) -> RouteSettings {
        serving(service.model, at: service.baseURL, threshold: service.threshold)
    }

    func serving(_ standing: Standing) -> RouteSettings {
        if case .promoted(let service) = standing { serving(service) } else { self }
    }
}
