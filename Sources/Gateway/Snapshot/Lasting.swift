import HTTPClient
import Harvest
import Settings
import Synchronization

/// What outlives a reload: counts of calls in flight, money spent, and the rates of client keys. A new threshold must
/// not make the gateway forget how busy a model is.
final class Lasting: Sendable {
    private struct State {
        var admissions: [UpstreamEndpoint: [String: Admission]] = [:]
        var ledgers: [String: SpendLedger] = [:]
        var limits: KeyLimits?
        var tallies: [String: ArmTally] = [:]
        var services: [String: ServiceClock] = [:]
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

    func service(of route: String) -> ServiceClock {
        state.withLock { state in
            if let known = state.services[route] { return known }
            let fresh = ServiceClock()
            state.services[route] = fresh
            return fresh
        }
    }

    /// What this process has counted of a trial at its present step.
    func tally(of canary: Canary) -> ArmTally {
        state.withLock { state in
            if let known = state.tallies[canary.challenger.version ?? canary.id], known.canary == canary.id,
                known.step == canary.step
            {
                return known
            }
            let fresh = ArmTally(canary: canary.id, step: canary.step)
            state.tallies[canary.challenger.version ?? canary.id] = fresh
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
