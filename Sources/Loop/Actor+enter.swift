extension Actor {
    /// The one door from a C callback's plain code into the actor whose executor is the running loop, with a value that
    /// is confined to that loop.
    ///
    /// `body` runs at once, inside the call. To go on asynchronously, start a `Task.immediate` in it:
    ///
    ///     worker.enter(responder) { worker, responder in
    ///         Task.immediate { await worker.serve(responder) }
    ///     }
    ///
    /// Traps when the calling thread is not the one of the actor's loop.
    @inlinable
    public nonisolated func enter<Value, Result: Sendable>(
        _ value: Value,
        _ body: (isolated Self, Value) -> Result
    ) -> Result {
        // Value and body belong to the loop, and so does the actor: neither leaves its region. The compiler cannot know
        // that; `assumeIsolated` checks it.
        nonisolated(unsafe) let value = value
        return withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            return assumeIsolated { isolated in body(isolated, value) }
        }
    }
}
