import Loop

/// When the client must have done what is waited for, and the one timer that sees to it.
///
/// The deadline moves freely; the timer is armed again only when the deadline comes earlier than it would fire. So a
/// request that is served in one go touches no timer at all: it moves the deadline away and puts one back.
struct Deadline {
    private let timer: LoopTimer
    private(set) var moment: MonotonicTime?
    private var timerDue = never

    private static let never = MonotonicTime(nanoseconds: .max)

    init(_ timer: LoopTimer) {
        self.timer = timer
    }

    mutating func set(after delay: Duration) {
        set(at: MonotonicTime.now().advanced(by: delay))
    }

    mutating func set(at moment: MonotonicTime) {
        self.moment = moment
        if moment < timerDue {
            timerDue = moment
            timer.arm(at: moment)
        }
    }

    /// Nothing is waited for.
    mutating func clear() {
        moment = nil
    }

    /// For good.
    mutating func cancel() {
        timer.cancel()
        moment = nil
    }

    /// What the timer's firing means: whether the deadline has passed. If it was moved on meanwhile, the timer follows.
    mutating func hasPassed() -> Bool {
        timerDue = Self.never
        guard let moment else { return false }
        if moment <= .now() { return true }
        set(at: moment)
        return false
    }
}
