extension Loop {
    /// Makes a loop with a thread of its own. Returns when the loop knows its thread; end it with `stop()` and `join()`.
    public static func start(name: String) -> Loop {
        let loop = Loop(name: name)
        loop.startThread()
        return loop
    }

    /// Runs `body` on the loop's thread and comes back with its result. From a task of any other executor (or this one).
    public func perform<Result: Sendable, Failure: Error>(
        _ body: sending @escaping () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let outcome: Swift.Result<Result, Failure> = await withCheckedContinuation { continuation in
            // Moved through the continuation's closure, which runs once; nobody else has it.
            nonisolated(unsafe) let body = body
            post {
                do throws(Failure) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try outcome.get()
    }
}
