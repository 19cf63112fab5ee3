public import Loop

/// The way back to one client, for one answer. Confined to its loop's thread.
///
/// Either `respond` once, or `begin`, any number of `write`, and `finish` (or `abort`). When the client has gone all of
/// them do nothing.
public final class Responder {
    /// Told when the client leaves, and when a slow one has caught up. Held until the answer is whole or the client has
    /// left.
    public var owner: (any ResponderOwner)?

    /// Whether nobody waits for the answer any more.
    public private(set) var isClientGone = false

    /// Held while the answer is owed, so there is a cycle exactly that long.
    private var connection: Connection?
    private var progress = Progress.owed

    private enum Progress {
        /// -> streaming, complete
        case owed
        /// -> complete
        case streaming
        case complete
    }

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// Makes a responder that nobody else holds fresh for the connection's next exchange.
    func renew(_ connection: Connection) {
        self.connection = connection
        progress = .owed
        isClientGone = false
        owner = nil
    }

    /// The whole answer. The server adds content-length, date and connection; head and body leave in one write.
    ///
    /// - Parameters:
    ///   - fields: finished lines, each `name: value\r\n`; the caller vouches for them.
    ///   - thenClose: the connection ends behind the answer, without a word about it in the head: what a server does
    ///     whose idle time runs out at that moment.
    public func respond(status: Int, fields: [UInt8], body: [UInt8], thenClose: Bool = false) {
        precondition(progress == .owed, "an exchange has one answer, and it was given already")
        progress = .complete
        take()?.answer(status: status, fields: fields, body: body, thenClose: thenClose)
    }

    /// Starts an answer of unknown length: chunked, or (HTTP/1.0) ended by the connection's end.
    /// - Parameter bytes: its first, in one write with the head.
    public func begin(status: Int, fields: [UInt8], _ bytes: [UInt8] = []) {
        precondition(progress == .owed, "an exchange has one answer, and it was given already")
        progress = .streaming
        connection?.beginStream(status: status, fields: fields, bytes)
    }

    /// The next bytes of the stream, sent at once; what the client does not take is buffered (`bufferedBytes`).
    public func write(_ bytes: [UInt8]) {
        precondition(progress == .streaming, "write comes after begin and before finish")
        connection?.writeStream(bytes)
    }

    /// The stream's proper end.
    /// - Parameters:
    ///   - bytes: its last, in one write with the end.
    ///   - thenClose: and the connection's end.
    public func finish(_ bytes: [UInt8] = [], thenClose: Bool = false) {
        precondition(progress == .streaming, "finish comes after begin, once")
        progress = .complete
        take()?.finishStream(bytes, thenClose: thenClose)
    }

    /// Closes the connection without a proper end, which tells the client that the answer is not whole.
    ///
    /// - Parameter reset: true: at once and with a reset, bytes under way may be lost. False: what was written arrives.
    public func abort(reset: Bool = false) {
        guard progress != .complete else { return }
        progress = .complete
        take()?.abortStream(reset: reset)
    }

    /// Bytes written that the client has not taken yet, beyond what the kernel holds for it.
    public var bufferedBytes: Int { connection?.bufferedBytes ?? 0 }

    /// Where the client is; nil when it has gone. A system call.
    public var peer: SocketAddress? { connection?.peer }

    private func take() -> Connection? {
        owner = nil
        return connection.take()
    }

    func clientLeft() {
        guard connection != nil else { return }
        connection = nil
        isClientGone = true
        owner.take()?.clientGone(self)
    }

    func serverCloses() {
        owner?.serverCloses(self)
    }

    func drained() {
        owner?.outputDrained(self)
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Responder: Sendable {}
