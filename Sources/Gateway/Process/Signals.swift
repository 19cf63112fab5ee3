import Glibc
import Loop

/// SIGHUP reloads, SIGTERM and SIGINT drain, and a second one of those ends the process at once. On the desk's loop.
final class Signals: SignalOwner {
    private unowned let desk: Desk
    private var watches: [SignalWatch] = []
    private var isStopping = false

    init(desk: isolated Desk) {
        self.desk = desk
        watches = [SIGHUP, SIGTERM, SIGINT].map { SignalWatch($0, on: desk.loop, owner: self) }
    }

    func signalReceived(_ signal: CInt) {
        if signal == SIGHUP {
            let desk = desk
            Task { _ = await desk.reload(by: "SIGHUP") }
            return
        }
        // The second one: whoever sends it does not want to wait for the drain.
        if isStopping { _exit(128 + signal) }
        isStopping = true
        let desk = desk
        Task { await desk.stop() }
    }
}
