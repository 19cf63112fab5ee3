import Synchronization

/// Finished lines on their way from one writer (a worker, or all operational logging) to the log's thread. Bounded:
/// what does not fit is dropped and counted.
///
/// Two arrays that change places: the writer appends to one under a lock that nobody else holds for longer than the
/// swap, the log's thread writes the other out. A line costs a lock without contention and the copy of its bytes.
final class LogBuffer: Sendable {
    private struct State {
        var lines: [UInt8] = []
        var dropped = 0
    }

    private let state = Mutex(State())
    let capacity: Int

    /// - Parameter capacity: bytes that may wait.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Appends one line, its end included, unless it does not fit.
    func append(_ line: [UInt8]) {
        state.withLock { state in
            if state.lines.count + line.count <= capacity {
                state.lines += line
            } else {
                state.dropped += 1
            }
        }
    }

    /// Swaps what waits with `spare`, whose memory is used again.
    func take(_ spare: inout [UInt8]) {
        spare.removeAll(keepingCapacity: true)
        state.withLock { swap(&$0.lines, &spare) }
    }

    /// Counts lines that were lost on the way out.
    func lost(_ count: Int) {
        state.withLock { $0.dropped += count }
    }

    /// Lines that never arrived, since the beginning.
    var dropped: Int { state.withLock { $0.dropped } }
    var waiting: Int { state.withLock { $0.lines.count } }
}
