import Glibc
import Loop

/// Returns at the first SIGINT or SIGTERM.
func untilSignalled() async {
    let loop = Loop.start(name: "signals")
    await withCheckedContinuation { continuation in
        loop.post { Signals(on: loop, continuation).keep() }
    }
    loop.stop()
    loop.join()
}

/// Watches both signals until one comes. Keeps itself until then; lives on its loop.
private final class Signals: SignalOwner {
    private let loop: Loop
    private var continuation: CheckedContinuation<Void, Never>?
    private var watches: [SignalWatch] = []
    private var itself: Signals?

    init(on loop: Loop, _ continuation: CheckedContinuation<Void, Never>) {
        self.loop = loop
        self.continuation = continuation
    }

    func keep() {
        itself = self
        watches = [SIGINT, SIGTERM].map { SignalWatch($0, on: loop, owner: self) }
    }

    func signalReceived(_ signal: CInt) {
        guard let continuation else { return }
        self.continuation = nil
        loop.retire(self)
        itself = nil
        for watch in watches { loop.retire(watch) }
        watches = []
        // What is retired is released at the end of this tick, before the loop can stop.
        loop.atEndOfTick { continuation.resume() }
    }
}
