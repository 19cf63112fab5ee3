public import Loop

/// The methods that are let through; every other one is answered 405 before a handler sees it.
public enum HTTPMethod: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
    case options = "OPTIONS"
    case patch = "PATCH"
}

/// One whole request: head checked, body complete and without its framing.
public struct HTTPRequest: Sendable {
    public let method: HTTPMethod
    public let headers: HeaderFields
    /// Whole; nothing is decoded but the chunks.
    public let body: [UInt8]
    /// When the first byte of this request was read.
    public let received: MonotonicTime

    private let targetStart: Int
    private let targetEnd: Int

    init(
        method: HTTPMethod,
        target: Range<Int>,
        headers: HeaderFields,
        body: [UInt8],
        received: MonotonicTime
    ) {
        self.method = method
        self.headers = headers
        self.body = body
        self.received = received
        targetStart = target.lowerBound
        targetEnd = target.upperBound
    }

    /// For tests and tools: a request that came from no socket.
    public init(
        method: HTTPMethod,
        target: String,
        headers: [(String, String)] = [],
        body: [UInt8] = [],
        received: MonotonicTime = .now()
    ) {
        var fields = HeaderFields(headers)
        let start = fields.bytes.count
        fields.bytes.append(contentsOf: target.utf8)
        self.init(
            method: method,
            target: start..<fields.bytes.count,
            headers: fields,
            body: body,
            received: received
        )
    }

    /// The request target as it came: `/path?query`, an absolute URI, or `*`.
    public var target: ArraySlice<UInt8> { headers.bytes[targetStart..<targetEnd] }

    /// The raw path (nothing is percent-decoded); of an absolute URI, what follows the authority, at least `/`.
    public var path: ArraySlice<UInt8> {
        let whole = origin
        return whole[..<(whole.firstIndex(of: UInt8(ascii: "?")) ?? whole.endIndex)]
    }

    /// What follows the first `?`; nil without one.
    public var query: ArraySlice<UInt8>? {
        let whole = origin
        guard let mark = whole.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        return whole[(mark + 1)...]
    }

    /// RFC 9112, 3.2.2: "a server MUST accept the absolute-form in requests".
    private var origin: ArraySlice<UInt8> {
        let target = self.target
        guard target.first != UInt8(ascii: "/"), target.count > 1 else { return target }
        var slashes = 0
        for index in target.indices where target[index] == UInt8(ascii: "/") || target[index] == UInt8(ascii: "?") {
            slashes += 1
            if slashes == 3 || target[index] == UInt8(ascii: "?") { return target[index...] }
        }
        return [UInt8(ascii: "/")]
    }
}
