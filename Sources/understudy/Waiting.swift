import Loop
import Synchronization

/// Runs asynchronous work from a command that has nothing else to do, and waits for it on a loop.
func waitFor<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
    let loop = Loop(name: "command")
    let ending = Ending<Value>()
    Task {
        do { ending.set(.success(try await work())) } catch { ending.set(.failure(error)) }
        loop.stop()
    }
    loop.run()
    return try ending.get()
}

/// A result on its way from the task to the one who waits.
private final class Ending<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    func set(_ new: Result<Value, any Error>) { result.withLock { $0 = new } }

    func get() throws -> Value {
        guard let result = result.withLock({ $0 }) else { preconditionFailure("the work has not ended") }
        return try result.get()
    }
}
