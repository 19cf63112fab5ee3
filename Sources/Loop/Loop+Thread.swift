extension Loop {
    /// Makes a loop with a thread of its own. Returns when the loop knows its thread; end it with `stop()` and
    /// `join()`.
    public static func start(name: String) -> Loop {
        let loop = Loop(name: name)
        loop.startThread()
        return loop
    }

    /// Runs `body` on the loop's thread and comes back with its result. From a task of any other executor (or this
    /// one).
    public func perform<Result: Sendable, Failure: Error>(
        _ body: sending @escaping () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let outcome = Outcome<Result, Failure>()
        await withCheckedContinuation { continuation in
            // Moved through the continuation's closure, which runs once; nobody else has it.
            nonisolated(unsafe) let body = body
            post {
                do throws(Failure) { outcome.set(.success(try body())) } catch { outcome.set(.failure(error)) }
                continuation.resume()
            }
        }
        return try outcome.get()
    }

    /// What came of a `perform`. Not handed over by the continuation: where the loop is done before the task has come
    /// to wait, the runtime's own order between the two threads is one that the thread sanitizer does not see.
    private final class Outcome<Value: Sendable, Failure: Error>: Sendable {
        private let result = Lock<Result<Value, Failure>?>(nil)

        func set(_ result: Result<Value, Failure>) { self.result.withLock { $0 = result } }

        func get() throws(Failure) -> Value {
            guard let result = result.withLock({ $0 }) else { preconditionFailure("the loop did not run this") }
            return try result.get()
        }
    }
}
