import Loop

/// Closed segments on their way from the writer to the mover. Any thread; one consumer.
final class SegmentQueue: Sendable {
    private struct State {
        var segments: [SpoolSegment] = []
        var closed = false
        var consumer: CheckedContinuation<Void, Never>?
    }

    private let state = Lock(State())

    func add(_ segment: SpoolSegment) {
        let consumer = state.withLock { state in
            state.segments.append(segment)
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.resume()
    }

    /// The oldest segment; waits for one. Nil when closed, though segments may be left: they stay for the next start.
    func next() async -> SpoolSegment? {
        while true {
            let (segment, closed) = state.withLock { state in
                (state.closed || state.segments.isEmpty ? nil : state.segments.removeFirst(), state.closed)
            }
            if closed || segment != nil { return segment }
            await withCheckedContinuation { continuation in
                // Looked at again under the lock: a segment that came since would find no consumer to wake.
                let ready = state.withLock { state in
                    if state.closed || !state.segments.isEmpty { return true }
                    precondition(state.consumer == nil, "a spool has one mover")
                    state.consumer = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        }
    }

    var isClosed: Bool { state.withLock { $0.closed } }

    func close() {
        let consumer = state.withLock { state in
            state.closed = true
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.resume()
    }
}
