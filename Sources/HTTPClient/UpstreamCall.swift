public import Loop

/// One POST of a JSON body.
public struct UpstreamCall {
    /// Appended to the endpoint's base URL, such as `/chat/completions`.
    public var path: StaticString
    /// Sent as it is, in one write with the head (up to 64 KiB), never copied on the way to curl.
    public var body: [UInt8]
    /// Further request headers as finished lines, `name: value`, without a line end. A line that holds a control
    /// character is left out.
    public var headers: [String]
    public var timeouts: UpstreamTimeouts
    /// The exchange's own end, whole answer included; `UpstreamStream.liftDeadline` takes it back.
    public var deadline: MonotonicTime?

    public init(
        path: StaticString,
        body: [UInt8],
        headers: [String] = [],
        timeouts: UpstreamTimeouts,
        deadline: MonotonicTime? = nil
    ) {
        self.path = path
        self.body = body
        self.headers = headers
        self.timeouts = timeouts
        self.deadline = deadline
    }
}

/// A whole answer, whatever its status: a 500 is an answer, not an `UpstreamError`.
public struct UpstreamReply: Sendable {
    public var status: Int
    public var contentType: String?
    public var retryAfter: String?
    /// The upstream's `x-request-id`.
    public var requestID: String?
    public var body: [UInt8]
    /// From the request to the head of the answer, our own queue not counted.
    public var firstByte: Duration
    /// From the request to the end of the answer, our own queue not counted.
    public var total: Duration
    /// Time spent in our own queue before that.
    public var queued: Duration
    /// Whether a warm connection served it.
    public var reusedConnection: Bool

    public init(
        status: Int,
        contentType: String? = nil,
        retryAfter: String? = nil,
        requestID: String? = nil,
        body: [UInt8],
        firstByte: Duration = .zero,
        total: Duration = .zero,
        queued: Duration = .zero,
        reusedConnection: Bool = false
    ) {
        self.status = status
        self.contentType = contentType
        self.retryAfter = retryAfter
        self.requestID = requestID
        self.body = body
        self.firstByte = firstByte
        self.total = total
        self.queued = queued
        self.reusedConnection = reusedConnection
    }
}
