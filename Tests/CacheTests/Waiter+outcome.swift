import Loop
import Testing

@testable import Cache

/// For tests that have no loop of their own.
private let waitingRoom = Loop.start(name: "waiting room")

extension Waiter {
    /// Waits in a task. Not for a waiter that leaves meanwhile: it would never hear.
    func outcome(on loop: Loop = waitingRoom) async -> Arrival<Outcome> {
        await withCheckedContinuation { continuation in
            loop.post {
                self.whenArrived(on: loop) { arrival in
                    #expect(loop.isCurrent, "a waiter was called elsewhere than on its own loop")
                    continuation.resume(returning: arrival)
                }
            }
        }
    }
}
