// Both sides of a trial on one route, as the request path needs them: each is a route of its own, with its own model,
// its own place in the cache, and counts.
//
//     0 ──── challenger ────┐             ┌──── control ──── 1
//       share of all inputs               share of all inputs
//
// Where an input stands is drawn by its hash, salted with the trial's id: for good, on every gateway, and independent
// of other trials. Both sides grow from their ends, so whatever was in a side stays in it when the share doubles.

import Digest
import Harvest
import Loop
import Routing
import Statistics
import Synchronization

/// A trial's two sides.
final class Arms: Sendable {
    let canary: Canary
    let challenger: ServedRoute
    let control: ServedRoute

    init(_ canary: Canary, challenger: ServedRoute, control: ServedRoute) {
        self.canary = canary
        self.challenger = challenger
        self.control = control
    }

    /// The side that an input is on; nil: on neither.
    func side(of material: Digest32) -> ServedRoute? {
        let position = Share.position(of: material, salt: canary.id)
        if position < canary.share { return challenger }
        if position >= 1 - canary.share { return control }
        return nil
    }
}

/// What is counted of one trial at one step, in this process. Any thread.
final class ArmTally: Sendable {
    enum Side: String, Sendable { case challenger, control }

    let canary: String
    let step: Int
    private let sums = Mutex(CanaryJudge.Arms())
    /// So many audits as the decision needs have not been made yet.
    private let needsAudits = Atomic<Bool>(true)

    init(canary: String, step: Int) {
        self.canary = canary
        self.step = step
    }

    var now: CanaryJudge.Arms { sums.withLock { $0 } }

    func add(_ side: Side, isFallback: Bool, isError: Bool, took: Duration) {
        let milliseconds = took.seconds * 1000
        sums.withLock { $0[side].add(isFallback: isFallback, isError: isError, milliseconds: milliseconds) }
    }

    func add(_ side: Side, agrees: Bool) {
        sums.withLock { $0[side].add(agrees: agrees) }
    }

    /// At least so likely is an audit while this trial goes on. In both arms alike: audits are work for large, and
    /// whoever falls back waits for large.
    var auditProbability: Double { needsAudits.load(ordering: .relaxed) ? 1 : 0 }

    func audits(areNeeded: Bool) {
        needsAudits.store(areNeeded, ordering: .relaxed)
    }
}

extension CanaryJudge.Arms {
    subscript(side: ArmTally.Side) -> ArmSums {
        get { side == .challenger ? challenger : control }
        set { if side == .challenger { challenger = newValue } else { control = newValue } }
    }
}

/// A route that is a side of a trial.
struct Arm: Sendable {
    let side: ArmTally.Side
    let tally: ArmTally

    /// What names it in cache keys.
    var name: String { "\(tally.canary) \(side.rawValue)" }
}
