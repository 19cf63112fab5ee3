/// An error as OpenAI's clients expect it: `{"error":{"message","type","param","code"}}`, the last two a string or
/// null, with the status and the headers that go with it.
public struct APIError: Error, Sendable, Equatable {
    public var status: Int
    public var message: String
    /// `invalid_request_error`, `rate_limit_error`, `server_error`, ...
    public var type: String
    public var param: String?
    public var code: String?
    /// The value of a `retry-after` header.
    public var retryAfter: String?
    /// The value of `x-should-retry`, where the client would guess wrong by the status alone.
    public var shouldRetry: Bool?

    public init(
        status: Int,
        message: String,
        type: String,
        param: String? = nil,
        code: String? = nil,
        retryAfter: String? = nil,
        shouldRetry: Bool? = nil
    ) {
        self.status = status
        self.message = message
        self.type = type
        self.param = param
        self.code = code
        self.retryAfter = retryAfter
        self.shouldRetry = shouldRetry
    }

    public func encode() -> [UInt8] {
        fatalError("being built")
    }
}

/// The client sent something that is not a request we can serve: 400, whoever retries it.
public struct InvalidRequest: Error, Sendable, Equatable {
    public var message: String
    /// The member at fault, as a path: `messages[1].content`.
    public var param: String?
    public var code: String?

    public init(_ message: String, param: String? = nil, code: String? = nil) {
        self.message = message
        self.param = param
        self.code = code
    }
}
