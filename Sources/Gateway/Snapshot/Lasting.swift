import HTTPClient
import Settings
import Synchronization

/// What outlives a reload: counts of calls in flight, money spent, and the rates of client keys. A new threshold must
/// not make the gateway forget how busy a model is.
final class Lasting: Sendable {
    private struct State {
        var admissions: [UpstreamEndpoint: [String: Admission]] = [:]
        var ledgers: [String: SpendLedger] = [:]
        var limits: KeyLimits?
        var number: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Kept while `base_url`, TLS and key are unchanged; other limits take effect at once.
    func admission(of model: ModelSettings) -> Admission {
        state.withLock { state in
            let endpoint = UpstreamEndpoint(model)
            if let known = state.admissions[endpoint]?[model.name] {
                known.limit(maxInFlight: model.maxInFlight, queue: model.queue)
                return known
            }
            let fresh = Admission(maxInFlight: model.maxInFlight, queue: model.queue)
            state.admissions[endpoint, default: [:]][model.name] = fresh
            return fresh
        }
    }

    func ledger(of route: RouteSettings) -> SpendLedger? {
        guard let spend = route.spend else { return nil }
        return state.withLock { state in
            if let known = state.ledgers[route.name], known.window == spend.per {
                known.setCeiling(spend.large)
                return known
            }
            let fresh = SpendLedger(route: route.name, ceiling: spend.large, window: spend.per)
            state.ledgers[route.name] = fresh
            return fresh
        }
    }

    /// Tells one set of settings from the next.
    func nextNumber() -> UInt64 {
        state.withLock { state in
            state.number += 1
            return state.number
        }
    }

    func limits(of keys: [ClientKey]) -> KeyLimits {
        state.withLock { state in
            let limits = KeyLimits(keys, keeping: state.limits)
            state.limits = limits
            return limits
        }
    }
}
