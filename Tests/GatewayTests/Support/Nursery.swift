import Dispatch
import Loop

/// Where children are started: one thread, which lives as long as this process.
///
/// `setpriv --pdeathsig KILL` has the kernel end a child with the thread (not the process) that started it (prctl(2),
/// PR_SET_PDEATHSIG), and the threads that tests run on come and go. So a test run that is killed leaves no processes,
/// and one that goes on loses none.
enum Nursery {
    private static let loop = Loop.start(name: "nursery")

    /// Runs `body` there, and waits for it.
    static func perform<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result {
        let outcome = Outcome<Result>()
        loop.post { @Sendable in
            outcome.result.withLock { $0 = body() }
            outcome.done.signal()
        }
        outcome.done.wait()
        return outcome.result.withLock { $0! }
    }

    private final class Outcome<Result: Sendable>: Sendable {
        let done = DispatchSemaphore(value: 0)
        let result = Lock<Result?>(nil)
    }

    /// The command that dies with this process.
    static func command(_ command: [String]) throws -> [String] {
        [try program("setpriv", package: "util-linux"), "--pdeathsig", "KILL", "--"] + command
    }
}
