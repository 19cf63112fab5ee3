/// A request that is no call of a model: files, jobs, lists. See `Upstream.send`.
public struct UpstreamRequest: Sendable {
    public enum Method: Sendable { case get, post, delete }

    public var method: Method
    /// Appended to the endpoint's base URL, with its query, percent-encoded: `/files?purpose=fine-tune`.
    public var path: String
    /// Of the body; nil: there is none.
    public var contentType: String?
    /// Sent as it is. Only with `post`.
    public var body: [UInt8]
    /// Further request headers as finished lines, `name: value`, without a line end.
    public var headers: [String]
    public var timeouts: UpstreamTimeouts

    public init(
        _ method: Method,
        _ path: String,
        contentType: String? = nil,
        body: [UInt8] = [],
        headers: [String] = [],
        timeouts: UpstreamTimeouts
    ) {
        self.method = method
        self.path = path
        self.contentType = contentType
        self.body = body
        self.headers = headers
        self.timeouts = timeouts
    }
}
