/// A call that any thread may make, once, and that runs on one loop. What is to be called, and everything that hangs on
/// it, belongs to that loop: it is called there, and let go there. Other threads hold this box only; did they hold the
/// handler itself, the last reference might be dropped over there, and take timers with it.
///
/// It is to be made or forgotten before it goes, unless the handler holds nothing that is confined to the loop.
public final class LoopCall<Value: Sendable>: Sendable {
    @usableFromInline let loop: Loop
    /// Touched on the loop's thread only.
    @usableFromInline nonisolated(unsafe) var handler: ((Value) -> Void)?

    /// On the loop's thread.
    @inlinable public init(on loop: Loop, _ handler: @escaping (Value) -> Void) {
        self.loop = loop
        self.handler = handler
    }

    /// From any thread; inside this call on the loop's own. Without effect if it was made or forgotten before.
    @inlinable public func make(_ value: Value) {
        guard loop.isCurrent else { return loop.post { self.take()?(value) } }
        take()?(value)
    }

    /// From any thread: it will not be made any more.
    @inlinable public func forget() {
        guard loop.isCurrent else { return loop.post { _ = self.take() } }
        _ = take()
    }

    @inlinable func take() -> ((Value) -> Void)? {
        defer { handler = nil }
        return handler
    }
}
