import Completions
import Judgment
import Routing
import Settings

// What a route allows to be kept of an exchange.
extension ServedRoute {
    /// Whether answers to this choice have a place in the cache at all.
    func isCached(_ choice: RouteChoice) -> Bool {
        settings.caching.scope != .none && !choice.isSmallForced
    }

    /// Whether the answer may be remembered for others.
    func mayRemember(_ choice: RouteChoice, _ wishes: ClientWishes) -> Bool {
        isCached(choice) && !wishes.forbidsStoring && settings.caching.ttl > .zero
    }

    /// Whether a fallback may become a candidate: the strictest of route, key and request wins.
    func mayHarvest(_ request: CompletionRequest, for client: ClientKey?) -> Bool {
        if request.store == false { return false }
        switch settings.harvest.stricter(client?.harvest) {
        case .always: return true
        case .optIn: return request.store == true
        case .never: return false
        }
    }
}

extension RouteChoice {
    /// `x-understudy-use: small`: the answer is given whatever its verdict, neither remembered nor harvested.
    var isSmallForced: Bool { isClients && role == .small }
}
