import Foundation
import Synchronization

/// Clients that ask one question after the other until they are told to stop, a thread each. Every answer that was
/// received whole is kept; what went wrong is kept too.
final class Load: Sendable {
    private struct State {
        var answers: [Answer] = []
        var failures: [String] = []
        var running = 0
    }

    private let state = Mutex(State())
    private let stopped = Atomic(false)

    /// - Parameter ask: question `number` of thread `thread`, on a connection that is kept until it fails.
    init(threads: Int, ask: @escaping @Sendable (_ thread: Int, _ number: Int, inout Client?) throws -> Answer) {
        state.withLock { $0.running = threads }
        for thread in 0..<threads {
            Thread.detachNewThread { [self] in
                var client: Client?
                var number = 0
                while !stopped.load(ordering: .relaxed) {
                    number += 1
                    do {
                        let answer = try ask(thread, number, &client)
                        if answer["connection"]?.lowercased() == "close" { client = nil }
                        state.withLock { $0.answers.append(answer) }
                    } catch {
                        client = nil
                        state.withLock { $0.failures.append("\(error)") }
                        // What fails at once would fill the list while nobody is there.
                        usleep(1_000)
                    }
                }
                state.withLock { $0.running -= 1 }
            }
        }
    }

    var answers: [Answer] { state.withLock { $0.answers } }
    var failures: [String] { state.withLock { $0.failures } }
    var count: Int { state.withLock { $0.answers.count } }

    /// So many more answers; false if they do not come in time.
    func more(_ count: Int, within seconds: Double = 20) -> Bool {
        let wanted = self.count + count
        return becomes(within: seconds) { self.count >= wanted }
    }

    /// Returns when all threads have ended.
    func stop() {
        stopped.store(true, ordering: .relaxed)
        _ = becomes(within: 30) { state.withLock { $0.running == 0 } }
    }
}
