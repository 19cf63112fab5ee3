public import JSON

/// An error as OpenAI's clients expect it: `{"error":{"message","type","param","code"}}`, the last two a string or
/// null, with the status and the headers that go with it. This is the only encoder of errors; every answer that is no
/// completion goes through it. `APIError+Cases.swift` has one constructor for each case.
public struct APIError: Error, Sendable, Equatable {
    public var status: Int
    public var message: String
    /// `invalid_request_error`, `rate_limit_error`, `server_error`, ...
    public var type: String
    /// The member at fault, as a path: `messages[1].content`.
    public var param: String?
    public var code: String?
    /// The value of a `retry-after` header.
    public var retryAfter: String?
    /// The value of an `x-should-retry` header, where a client would guess wrong by the status alone.
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

    /// The body.
    public func encode() -> [UInt8] {
        var writer = JSONWriter(reserving: message.utf8.count + 96)
        writer.beginObject()
        writer.name("error")
        writer.beginObject()
        writer.name("message")
        writer.string(message)
        writer.name("type")
        writer.string(type)
        writer.name("param")
        if let param { writer.string(param) } else { writer.null() }
        writer.name("code")
        if let code { writer.string(code) } else { writer.null() }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// The words of an upstream's error body, if it is one: OpenAI's object, or a bare `message` or `detail`. At most
    /// 2,000 characters of them.
    public static func message(inUpstreamBody body: [UInt8], parser: JSONParser) -> String? {
        guard let root = try? parser.parse(body, integers: .any) else { return nil }
        let error = root["error"]
        let found = error?["message"] ?? root["message"] ?? root["detail"] ?? error
        guard let found, found.kind == .string, !found.content.isEmpty else { return nil }
        return String(String(decoding: found.decoded(), as: UTF8.self).prefix(2_000))
    }
}

extension APIError {
    /// An upstream's word for an input that it has no room for. Clients look for it, so it is kept.
    public static let contextLengthExceeded = "context_length_exceeded"

    /// Whether the upstream says so in its error body.
    public static func isTooLong(inUpstreamBody body: [UInt8], parser: JSONParser) -> Bool {
        guard let root = try? parser.parse(body, integers: .any) else { return false }
        return root["error"]?["code"]?.isString("context_length_exceeded") ?? false
    }
}

/// The client sent something that is no request we can serve: 400, whoever retries it.
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
