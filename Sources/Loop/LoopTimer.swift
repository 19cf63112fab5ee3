import CEvent
import Glibc

/// Told when a timer's time has come. Runs on the loop's thread, outside any task.
public protocol TimerOwner: AnyObject {
    func timerFired(_ timer: LoopTimer)
}

/// One timer of a loop: made once, armed as often as wanted, at most one firing per `arm`.
///
/// Never early. Late by a few milliseconds (the poll's resolution), more when a tick takes longer. Confined to its
/// loop's thread; the owner is held weakly, and a timer whose owner is gone does nothing.
public final class LoopTimer {
    private let loop: Loop
    private weak var owner: (any TimerOwner)?
    private var due = MonotonicTime(nanoseconds: 0)
    /// Freed in `deinit`; C points back at us, unretained.
    private var event: OpaquePointer?
    public private(set) var isArmed = false

    public init(on loop: Loop, owner: any TimerOwner) {
        self.loop = loop
        self.owner = owner
        event = event_new(
            loop.base,
            -1,
            0,
            { _, _, context in LoopTimer.from(context).fire() },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    deinit {
        precondition(loop.isMine, "a timer must be released on the thread of its loop")
        event_free(event)
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> LoopTimer {
        Unmanaged<LoopTimer>.fromOpaque(context!).takeUnretainedValue()
    }

    /// Fires once after `delay`; replaces what was armed before. A delay of zero or less fires in the next turn.
    public func arm(after delay: Duration) {
        arm(at: MonotonicTime.now().advanced(by: delay), delay: delay)
    }

    /// Fires once at `moment`; replaces what was armed before.
    public func arm(at moment: MonotonicTime) {
        arm(at: moment, delay: moment - .now())
    }

    private func arm(at moment: MonotonicTime, delay: Duration) {
        due = moment
        isArmed = true
        schedule(max(0, delay.nanoseconds))
    }

    private func schedule(_ nanoseconds: Int64) {
        assert(loop.isMine, "a timer must be armed on the thread of its loop")
        // Ten years are enough; libevent adds this to its clock.
        let bounded = min(nanoseconds, 315_360_000_000_000_000)
        var interval = timeval(tv_sec: Int(bounded / 1_000_000_000), tv_usec: Int(bounded % 1_000_000_000 / 1000))
        event_add(event, &interval)
    }

    public func cancel() {
        guard isArmed else { return }
        isArmed = false
        event_del(event)
    }

    private func fire() {
        // libevent counts from its cached, coarse time: from the start of the tick that armed us, to 4 ms. Too early
        // for a deadline of 5 ms, so look at the real clock.
        let rest = (due - .now()).nanoseconds
        if rest > 0 { return schedule(rest) }
        isArmed = false
        owner?.timerFired(self)
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension LoopTimer: Sendable {}
