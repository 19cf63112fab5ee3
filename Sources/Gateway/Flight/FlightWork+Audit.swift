import Cache
import Completions
import Harvest
import Judgment
import Routing
import Settings

// Whether a flight is audited: drawn when small's answer has been judged, before anybody knows how it ends. What is
// missing then is asked for when the flight is over (`Audit.swift`); a fallback's candidate is kept on the way, as any
// other.
extension FlightWork {
    /// Small's answer has been judged: chance decides.
    func drawAudit() {
        guard draw == nil else { return }
        let probability = route.auditProbability(choice)
        guard probability > 0, !isSmallForced else { return }
        guard probability >= 1 || Double.random(in: 0..<1) < probability else { return }
        if mayAudit { draw = Candidate.Audit(draw: .random, probability: min(1, probability)) }
    }

    /// An answer has failed that a client had begun to get: nothing about it is left to chance, on a route that audits.
    func auditForCertain() {
        guard draw != nil || route.auditProbability(choice) > 0 else { return }
        if draw != nil || mayAudit { draw = Candidate.Audit(draw: .always, probability: 1) }
    }

    /// The strictest of route, key and request says whether texts may be kept; near the ceiling on spending, audits are
    /// the first to stop.
    private var mayAudit: Bool {
        !station.isDraining && route.mayAudit(at: station.unixMilliseconds) && route.mayHarvest(request, for: client)
            && flight.settleHarvest()
    }

    /// Nothing of it is under way any more.
    func startAudit() {
        guard let draw = draw.take(), let judged = small.accepted ?? small.rejected else { return }
        station.auditor.add(Audit(of: self, judged, draw))
    }
}

extension ServedRoute {
    /// How likely an exchange is to be audited once its small answer has been judged, 0 to 1.
    func auditProbability(_ choice: RouteChoice) -> Double {
        max(settings.audit, arm?.tally.auditProbability ?? 0)
    }

    /// Hedges stop at three quarters of the ceiling, fallbacks at all of it.
    func mayAudit(at milliseconds: Int64) -> Bool {
        guard let standing = spend?.standing(at: Int(milliseconds)) else { return true }
        return standing.spent < standing.ceiling / 2
    }
}
