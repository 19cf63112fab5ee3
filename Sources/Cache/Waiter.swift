/// One exchange's place in a flight. It leaves by ``leave()``, by the cancellation of the task that waits, or by
/// being forgotten; when the last one has left, the flight is abandoned.
public final class Waiter<Outcome: Sendable>: Sendable {
    public let flight: Flight<Outcome>
    private let seat: Int

    init(_ flight: Flight<Outcome>, seat: Int) {
        self.flight = flight
        self.seat = seat
    }

    deinit { flight.leave(seat) }

    /// Waits for the end of the flight; goes on where it was called, whichever thread the flight ends on.
    public func outcome(isolation: isolated (any Actor)? = #isolation) async -> Arrival<Outcome> {
        await withTaskCancellationHandler {
            // Named, so that the closure runs here: the standard library's function would run it on the global pool.
            _ = isolation
            return await flight.wait(in: seat)
        } onCancel: {
            leave()
        }
    }

    /// Gives up the place. Any thread, any number of times; ``outcome()`` under way returns `.left`.
    public func leave() { flight.leave(seat) }
}
