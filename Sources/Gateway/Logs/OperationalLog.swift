public import Logging
import Synchronization

/// Where operational lines go: a buffer, and a thread that writes it out (`LogPen`). No loop ever writes.
///
///     let log = OperationalLog()
///     LoggingSystem.bootstrap(log.handler)
public final class OperationalLog: Sendable {
    private let pen: LogPen
    private let buffer: LogBuffer
    private let isClosed = Atomic(false)

    /// To standard error.
    public convenience init() {
        self.init(.standardError)
    }

    init(_ destination: LogDestination) {
        pen = LogPen(destination)
        buffer = pen.buffer(capacity: 1 << 20)
    }

    /// The gateway's own logger.
    var logger: Logger { Logger(label: "understudy", factory: handler) }

    /// A handler for one logger.
    @Sendable public func handler(label: String) -> any LogHandler {
        OperationalLogHandler(label: label, log: self)
    }

    /// Lines lost, for `understudy_dropped_total`.
    public var dropped: Int { pen.dropped }

    /// Writes what is there, for at most a second, and ends the thread. Idempotent; not from a loop. Later lines are
    /// lost.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        pen.close(within: .seconds(1))
    }

    fileprivate func write(_ line: [UInt8]) {
        buffer.append(line)
        pen.wake()
    }
}

/// Lines of swift-log as JSON objects: `time`, `level`, `logger`, `message`, and `fields` for metadata and error.
struct OperationalLogHandler: LogHandler {
    let label: String
    fileprivate let log: OperationalLog
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    fileprivate init(label: String, log: OperationalLog) {
        self.label = label
        self.log = log
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        var fields = all.sorted { $0.key < $1.key }.map { (name: $0.key, value: "\($0.value)") }
        if let error = event.error { fields.append((name: "error", value: "\(error)")) }
        log.write(
            LogLine.operational(
                level: event.level.rawValue,
                logger: label,
                message: event.message.description,
                fields: fields
            )
        )
    }
}
