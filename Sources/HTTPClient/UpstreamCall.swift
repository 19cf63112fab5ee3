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
    /// The body asks for an event stream. Of an answer that comes whole nothing can be expected before its end, so
    /// `firstToken` and `betweenTokens` do not apply to it.
    public var isStream: Bool
    /// Whether ``UpstreamHead/fields`` has the head's lines: who asks many questions wants to know its limits.
    public var keepsFields: Bool
    public var timeouts: UpstreamTimeouts
    /// The exchange's own end, whole answer included; `UpstreamStream.liftDeadline` takes it back.
    public var deadline: MonotonicTime?

    public init(
        path: StaticString,
        body: [UInt8],
        headers: [String] = [],
        isStream: Bool,
        keepsFields: Bool = false,
        timeouts: UpstreamTimeouts,
        deadline: MonotonicTime? = nil
    ) {
        self.path = path
        self.body = body
        self.headers = headers
        self.isStream = isStream
        self.keepsFields = keepsFields
        self.timeouts = timeouts
        self.deadline = deadline
    }
}
