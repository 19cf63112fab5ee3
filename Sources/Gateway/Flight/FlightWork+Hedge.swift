import Judgment
import Loop
import Settings

// A hedge: large is started while small is still answering, if that takes long and the route's budget allows it. Small
// wins when it is accepted, large at its first token if the client streams, else at its end (CONTRACTS section 4). If
// small is rejected first, the hedge is the fallback, and keeps small's reason.
extension FlightWork {
    func armHedge() {
        guard let hedge = route.settings.hedge, !isSmallForced else { return }
        route.hedges.earn()
        let timer = LoopTimer(on: station.loop, owner: self)
        timer.arm(after: hedge.after)
        hedgeTimer = timer
    }

    /// Small may still be accepted.
    var isSmallUndecided: Bool { small.call != nil && small.rejected == nil && !small.isCommitted }

    func hedgeWon() {
        reason = .hedge
        hedgeTimer?.cancel()
        cancelSmall()
    }
}

extension FlightWork: TimerOwner {
    func timerFired(_ timer: LoopTimer) {
        guard isSmallUndecided, !large.isAsked, mayHedge, route.hedges.spend() else { return }
        asked.hedgedAfter = route.settings.hedge?.after
        reason = .hedge
        startLarge()
    }

    /// Near the ceiling on spending hedges stop, before fallbacks do.
    private var mayHedge: Bool {
        guard let standing = route.spend?.standing(at: Int(station.unixMilliseconds)) else { return true }
        return standing.spent < standing.ceiling * 0.75
    }
}
