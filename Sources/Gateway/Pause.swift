import Loop

/// A wait that costs no thread. Confined to its loop; one wait at a time.
final class Pause: TimerOwner {
    private let loop: Loop
    private var timer: LoopTimer!
    private var waiting: UnsafeContinuation<Void, Never>?

    init(on loop: Loop) {
        self.loop = loop
        timer = LoopTimer(on: loop, owner: self)
    }

    func wait(_ duration: Duration) async {
        await withUnsafeContinuation { continuation in
            waiting = continuation
            timer.arm(after: duration)
        }
    }

    func timerFired(_ timer: LoopTimer) {
        waiting.take()?.resume()
    }
}
