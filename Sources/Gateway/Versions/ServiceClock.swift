import Synchronization

/// When a route's small model was last taken at its word, by this process. Any thread.
final class ServiceClock: Sendable {
    private let last = Atomic<Int64>(0)

    func answered(at unixMilliseconds: Int64) {
        last.store(unixMilliseconds, ordering: .relaxed)
    }

    /// Unix milliseconds; 0: never.
    var lastAnswer: Int64 { last.load(ordering: .relaxed) }
}
