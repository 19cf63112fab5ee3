// One writer, the link's loop; any reader. Hence plain relaxed loads and stores, without a locked instruction on the
// request path: a reader may see one counter a moment before another, and sums are over all links anyway.

import Loop
import Synchronization

/// What one link to Redis did since it was made, readable from any thread.
public final class CacheCounters: Sendable {
    public enum Event: Int, Sendable, CaseIterable {
        /// GETs that brought an answer.
        case hits
        /// GETs that Redis answered with nothing.
        case misses
        /// GETs given up at their deadline.
        case timeouts
        /// GETs that brought something else than an answer of ours: garbage, another format, another type.
        case corrupt
        /// Replies that were errors (OOM, LOADING, NOAUTH, ...), and commands that were lost with a connection.
        case errors
        /// GETs not sent, because there was no connection or the breaker was open.
        case skipped
        /// Commands not sent, because too many were under way already.
        case dropped
        /// SETs that Redis took.
        case stored
        /// SETs that were sent and not taken, or not sent.
        case notStored
        case connected
        case disconnected
        case breakerOpened
    }

    /// How the link is.
    public enum Status: Int, Sendable {
        case disconnected = 0
        /// Connected, and skipped because it kept missing its deadline.
        case breakerOpen = 1
        case ready = 2
    }

    private let values = (0..<Event.allCases.count).map { _ in Cell() }
    private let statusValue = Atomic<Int>(Status.disconnected.rawValue)
    private let error = Lock<String?>(nil)

    private final class Cell: Sendable {
        let value = Atomic<Int>(0)
    }

    public init() {}

    public subscript(_ event: Event) -> Int { values[event.rawValue].value.load(ordering: .relaxed) }

    public var status: Status { Status(rawValue: statusValue.load(ordering: .relaxed))! }

    /// Why the link was lost or could not be made, or Redis' last complaint; for the health page. Holds no secret.
    public var lastError: String? { error.withLock { $0 } }

    func count(_ event: Event, _ amount: Int = 1) {
        let value = values[event.rawValue]
        value.value.store(value.value.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    func become(_ status: Status) { statusValue.store(status.rawValue, ordering: .relaxed) }

    func note(_ message: String?) { error.withLock { $0 = message } }
}
