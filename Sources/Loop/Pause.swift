/// A wait that costs no thread. Confined to its loop's thread, made and released there; one wait at a time.
public final class Pause: TimerOwner {
    private var timer: LoopTimer!
    private var waiting: UnsafeContinuation<Void, Never>?

    public init(on loop: Loop) {
        timer = LoopTimer(on: loop, owner: self)
    }

    /// Returns after `duration`, or when the wait is ended.
    public func wait(_ duration: Duration) async {
        await withUnsafeContinuation { continuation in
            waiting = continuation
            timer.arm(after: duration)
        }
        // Whoever waits with one made for that alone has no other hold on it, and the optimizer may let it go after its
        // last use: its timer would go with it, and nobody would ever return from here.
        withExtendedLifetime(self) {}
    }

    /// Ends the wait that is under way, if there is one.
    public func end() {
        timer.cancel()
        waiting.take()?.resume()
    }

    public func timerFired(_ timer: LoopTimer) {
        waiting.take()?.resume()
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Pause: Sendable {}
