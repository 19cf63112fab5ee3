public import Loop

/// One exchange's place in a flight. It leaves by ``leave()`` or by being forgotten; when the last one has left, the
/// flight is abandoned.
public final class Waiter<Outcome: Sendable>: Sendable {
    public let flight: Flight<Outcome>
    @usableFromInline let seat: Int

    @inlinable init(_ flight: Flight<Outcome>, seat: Int) {
        self.flight = flight
        self.seat = seat
    }

    @inlinable deinit { flight.leave(seat) }

    /// Waits for the end of the flight: `handler` is called once on `loop`, the caller's own; inside this call where
    /// the flight has ended already, inside `publish` where it ends on that loop. Never after ``leave()``.
    @inlinable public func whenArrived(on loop: Loop, _ handler: @escaping (Arrival<Outcome>) -> Void) {
        flight.wait(in: seat, LoopCall(on: loop, handler))
    }

    /// Gives up the place. Any thread, any number of times.
    @inlinable public func leave() { flight.leave(seat) }
}
