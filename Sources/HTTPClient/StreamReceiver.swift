/// What is known of an answer before its body.
public struct UpstreamHead: Sendable {
    public var status: Int
    public var contentType: String?
    public var retryAfter: String?
    /// Bytes of the body; nil where the upstream does not say.
    public var contentLength: Int?
    /// From the request to this head, our own queue not counted.
    public var firstByte: Duration
    /// Whether a warm connection serves it.
    public var reusedConnection: Bool
    /// All lines, names in lower case, in the order they came; empty unless the call keeps them.
    public var fields: [UpstreamField] = []

    public init(
        status: Int,
        contentType: String? = nil,
        retryAfter: String? = nil,
        contentLength: Int? = nil,
        firstByte: Duration = .zero,
        reusedConnection: Bool = false,
        fields: [UpstreamField] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.retryAfter = retryAfter
        self.contentLength = contentLength
        self.firstByte = firstByte
        self.reusedConnection = reusedConnection
        self.fields = fields
    }

    /// The value of the first field of that name, which is in lower case.
    public func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

/// One line of an answer's head.
public struct UpstreamField: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// How an answer that came to its end was served.
public struct UpstreamEnd: Sendable {
    /// From the request to the end of the answer, our own queue not counted.
    public var total: Duration
    /// Time spent in our own queue before that.
    public var queued: Duration
}

/// Takes an answer as it comes. On the loop's thread, outside any task.
///
/// In this order: `received(head:)` once, `received(bytes:)` and, behind it, `receivedAll` any number of times, `ended`
/// once; `ended` alone where there is no answer. Neither bytes nor end ever come before the call of `Upstream.stream`
/// has returned. The receiver is held until the end.
public protocol StreamReceiver: AnyObject {
    func received(head: UpstreamHead)
    /// - Parameter bytes: as they came, split anywhere; valid inside this call only. To stop the flow, call `pause()`
    ///   on the
    ///   stream: what was passed here is yours, the rest follows after `resume()`.
    /// - Returns: whether they say anything. Bytes that only keep a connection open (comments of an event stream) do
    ///   not
    ///   count for `firstToken` and `betweenTokens`: a provider that is stuck may send them for ever.
    func received(bytes: UnsafeRawBufferPointer) -> Bool
    /// That was all for now: what came at once may be acted upon at once. Not after every `received(bytes:)`, since
    /// curl passes on each chunk of a chunked body by itself, but after the last one before the loop does something
    /// else.
    func receivedAll()
    func ended(_ result: Result<UpstreamEnd, UpstreamError>)
}

/// The caller's end of a transfer under way. Confined to its loop; does nothing once the transfer has ended.
///
/// They take effect at the end of the tick, or when curl's callback has returned; so they may be called anywhere on
/// the loop, inside a receiver's methods too.
public struct UpstreamStream {
    let transfer: Transfer
    let generation: UInt64

    /// Stops reading from the upstream; what the kernel's buffers hold stays there. Bytes may still come until the end
    /// of the tick.
    public func pause() { transfer.ask(.pause, generation) }
    public func resume() { transfer.ask(.resume, generation) }
    /// The answer may take as long as the model's own limits allow: its beginning has gone to somebody.
    public func liftDeadline() { transfer.liftDeadline(generation) }
    /// The body may be so many times as long as other answers: the receiver counts what is in it. In `received(head:)`
    /// or later.
    public func raiseLimit(times factor: Int) { transfer.raiseLimit(factor, generation) }
    /// Closes the connection (HTTP/1.1) or the stream (HTTP/2); the receiver gets `ended` with `cancelled`.
    public func cancel() { transfer.ask(.cancel, generation) }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension UpstreamStream: Sendable {}
