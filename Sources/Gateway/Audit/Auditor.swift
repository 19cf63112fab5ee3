import Loop
import Synchronization

/// One worker's audits: a few under way, the others in a line. What does not fit into the process's places is dropped
/// and counted; so is what waits for longer than `patience`, because clients keep the models busy. Confined to its
/// loop.
final class Auditor: TimerOwner {
    private static let mostUnderWay = 4
    private static let patience = Duration.seconds(60)
    private static let pause = Duration.milliseconds(50)

    private struct Waiting {
        let audit: Audit
        let since: MonotonicTime
        let size: Int
    }

    private let shared: Audits
    private var waiting: [Waiting] = []
    private var underWay: [ObjectIdentifier: Audit] = [:]
    private var timer: LoopTimer!
    private var isClosed = false

    init(on loop: Loop, _ shared: Audits) {
        self.shared = shared
        timer = LoopTimer(on: loop, owner: self)
    }

    func add(_ audit: Audit) {
        guard !isClosed else {
            shared.countDrop()
            return audit.cancel(Self.goingDown)
        }
        let size = audit.size
        guard shared.enter(size) else {
            shared.countDrop()
            return audit.cancel("too many audits were waiting")
        }
        waiting.append(Waiting(audit: audit, since: .now(), size: size))
        beginNext()
    }

    private func beginNext() {
        while underWay.count < Self.mostUnderWay, let next = waiting.first {
            guard next.audit.mayBegin else {
                guard MonotonicTime.now() - next.since > Self.patience else { break }
                waiting.removeFirst()
                drop(next, "its model was busy for too long")
                continue
            }
            waiting.removeFirst()
            begin(next)
        }
        if !waiting.isEmpty, underWay.count < Self.mostUnderWay, !timer.isArmed { timer.arm(after: Self.pause) }
    }

    private func begin(_ next: Waiting) {
        let id = ObjectIdentifier(next.audit)
        underWay[id] = next.audit
        next.audit.whenOver = { [self] in
            underWay[id] = nil
            shared.leave(next.size)
            // Not inside the end of the one before: a line of audits that end at once would be as deep as it is long.
            if !waiting.isEmpty, !timer.isArmed { timer.arm(after: .zero) }
        }
        next.audit.begin()
    }

    private func drop(_ next: Waiting, _ why: String) {
        shared.countDrop()
        shared.leave(next.size)
        next.audit.cancel(why)
    }

    func timerFired(_ timer: LoopTimer) { beginNext() }

    /// The gateway goes down: audits are the first to end.
    func cancelAll() {
        isClosed = true
        timer.cancel()
        let left = waiting
        waiting = []
        for next in left { drop(next, Self.goingDown) }
        for audit in Array(underWay.values) {
            shared.countDrop()
            audit.cancel(Self.goingDown)
        }
    }

    private static let goingDown = "the gateway went down"
}

@available(*, unavailable, message: "confined to its worker's loop")
extension Auditor: Sendable {}

/// What all workers' audits share: how many there may be, under way and waiting, and where answers are compared.
final class Audits: Sendable {
    private static let most = 256
    /// Of requests and answers that wait.
    private static let mostBytes = 16 << 20

    let bench = ComparisonBench()
    private let count = Atomic(0)
    private let bytes = Atomic(0)
    private let drops = Atomic(0)

    var waiting: Int { count.load(ordering: .relaxed) }
    var dropped: Int { drops.load(ordering: .relaxed) }

    fileprivate func enter(_ size: Int) -> Bool {
        let isFull = count.add(1, ordering: .relaxed).newValue > Self.most
        let isTooMuch = bytes.add(size, ordering: .relaxed).newValue > Self.mostBytes
        guard isFull || isTooMuch else { return true }
        leave(size)
        return false
    }

    fileprivate func leave(_ size: Int) {
        count.subtract(1, ordering: .relaxed)
        bytes.subtract(size, ordering: .relaxed)
    }

    fileprivate func countDrop() { drops.add(1, ordering: .relaxed) }
}
