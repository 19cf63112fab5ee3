import Loop

/// Where an upstream is and how to reach it. Everything here decides which connections may be shared.
public struct UpstreamEndpoint: Sendable, Hashable {
    /// Scheme, authority and path prefix, such as `http://127.0.0.1:9000/v1`; http or https, a slash at its end does
    /// not matter. No proxy is taken from the environment and no redirect is followed.
    public var baseURL: String
    /// Sent as `Authorization: Bearer`. A key that holds a control character is not sent at all.
    public var apiKey: String?
    /// A PEM bundle to trust instead of the system's.
    public var caFile: String?
    /// HTTP/2 instead of HTTP/1.1: by ALPN over https, by prior knowledge over http. Off by default, since one slow
    /// stream of a shared connection holds back the others (curl#4939, #10988) and a warm pool of HTTP/1.1 does not.
    public var http2: Bool
    /// Name lookup, TCP and TLS together.
    public var connectTimeout: Duration
    /// An answer's body in bytes; a longer one is `UpstreamError.Kind.tooLarge`.
    public var maxAnswer: Int

    public init(
        baseURL: String,
        apiKey: String? = nil,
        caFile: String? = nil,
        http2: Bool = false,
        connectTimeout: Duration = .seconds(1),
        maxAnswer: Int = 1 << 20
    ) {
        self.baseURL = baseURL
        self.apiKey = apiKey
        self.caFile = caFile
        self.http2 = http2
        self.connectTimeout = connectTimeout
        self.maxAnswer = maxAnswer
    }

    /// Scheme and authority without user information: fit for messages and logs.
    var label: String {
        guard let scheme = baseURL.utf8.firstRange(of: "://".utf8) else { return "upstream" }
        let authority = baseURL[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return String(baseURL[..<scheme.upperBound] + host)
    }
}

/// How long to wait for an upstream, counted from when it was asked, after any time in our own queue.
public struct UpstreamTimeouts: Sendable, Hashable {
    // Nanoseconds, worked out once when settings are loaded: `Duration` divides 128-bit numbers.
    let firstTokenTime: UInt64
    let betweenTokensTime: UInt64
    let totalTime: UInt64

    /// Streams: from the request to the first byte of the body.
    public var firstToken: Duration { .nanoseconds(Int64(firstTokenTime)) }
    /// Streams: from any bytes of the body to the next ones, the time spent paused not counted.
    public var betweenTokens: Duration { .nanoseconds(Int64(betweenTokensTime)) }
    /// From the request to the end of the answer. As long may a call wait in the queue: then it is `busy`.
    public var total: Duration { .nanoseconds(Int64(totalTime)) }

    public init(firstToken: Duration, betweenTokens: Duration, total: Duration) {
        firstTokenTime = UInt64(max(0, firstToken.nanoseconds))
        betweenTokensTime = UInt64(max(0, betweenTokens.nanoseconds))
        totalTime = UInt64(max(0, total.nanoseconds))
    }
}
