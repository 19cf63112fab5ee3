import Synchronization

/// The access log: a line for each exchange, written by a thread of its own.
///
/// Workers append finished lines to a buffer each (`writer()`); `LogPen` says how they get out and what happens when
/// they cannot. Safe from any thread.
public final class AccessLog: Sendable {
    /// The file cannot be opened; the description says which and why.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// What may wait for each worker: about 2,000 lines.
    static let capacity = 1 << 20

    private let pen: LogPen
    private let isClosed = Atomic(false)

    /// To standard output.
    public init() {
        pen = LogPen(.standardOutput)
    }

    /// To a file, which is appended to, and made where it is not there.
    public init(file path: String) throws(Failure) {
        do throws(LogDestination.Failure) {
            pen = LogPen(try LogDestination(file: path))
        } catch {
            throw Failure(description: "access log: \(error.description)")
        }
    }

    init(_ destination: LogDestination) {
        pen = LogPen(destination)
    }

    /// One worker's end. Confined to that worker's thread.
    final class Writer {
        private let buffer: LogBuffer
        private let pen: LogPen
        private var line: [UInt8] = []

        fileprivate init(_ pen: LogPen) {
            self.pen = pen
            buffer = pen.buffer(capacity: AccessLog.capacity)
            line.reserveCapacity(1024)
        }

        /// - Parameter body: appends one whole line, its end included. The memory is used again for the next one.
        func write(_ body: (inout [UInt8]) -> Void) {
            line.removeAll(keepingCapacity: true)
            body(&line)
            buffer.append(line)
            pen.wake()
        }
    }

    /// A worker's end, for its life.
    func writer() -> Writer {
        Writer(pen)
    }

    /// Lines lost, for `understudy_dropped_total`.
    public var dropped: Int { pen.dropped }

    /// Opens its file again, which may have been moved away: what a program does that turns logs over. Lines that were
    /// written before are in the old file.
    func reopen() {
        pen.reopen()
    }

    /// Writes what is there, for at most a second, and ends the thread. Idempotent; not from a loop.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        pen.close(within: .seconds(1))
    }
}

@available(*, unavailable, message: "confined to its worker's thread")
extension AccessLog.Writer: Sendable {}
