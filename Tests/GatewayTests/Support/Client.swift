import Glibc
import JSON

/// An answer of the gateway, as it came.
struct Answer {
    var status = 0
    /// Names in lower case, in the order they came.
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []

    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    var text: String { String(decoding: body, as: UTF8.self) }
    /// The body as JSON; `null` where it is none.
    var json: JSONTree { (try? JSONTree.parse(body)) ?? .null }

    /// The text of a choice, in either dialect.
    func says(_ index: Int = 0) -> String? {
        let choice = json["choices"]?[index]
        return choice?["message"]?["content"]?.string ?? choice?["text"]?.string
    }

    var error: JSONTree? { json["error"] }
    var answeredBy: String? { self["x-understudy-answered-by"] }
    var cache: String? { self["x-understudy-cache"] }
    var verdict: String? { self["x-understudy-verdict"] }
}

/// One connection to the gateway, blocking. Sending and reading are apart, so that many requests can be under way
/// without a thread for each. Every wait ends after `patience` seconds.
final class Client {
    let descriptor: CInt
    private var unread: [UInt8] = []
    private var isClosed = false

    init(_ port: UInt16, patience: Int = 20) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var wait = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            leave()
            throw Unable("no connection to port \(port): \(String(cString: strerror(errno)))")
        }
    }

    deinit { leave() }

    /// The kernel takes so much for a reader that does not read: of little, it is behind all others.
    func takes(_ bytes: CInt) {
        var size = bytes
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Closes the connection, whatever is under way.
    func leave() {
        if !isClosed { close(descriptor) }
        isClosed = true
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Unable("the connection broke while sending") }
            sent += count
        }
    }

    /// Sends a request; `read` brings its answer.
    func send(_ method: String, _ path: String, _ body: [UInt8] = [], _ headers: [String: String] = [:]) throws {
        var fields = ["host": "127.0.0.1", "content-type": "application/json", "content-length": "\(body.count)"]
        fields.merge(headers) { $1 }
        let lines = fields.filter { !$0.value.isEmpty }.map { "\($0.key): \($0.value)\r\n" }.joined()
        try send(Array("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n".utf8) + body)
    }

    func post(_ path: String, _ body: String, _ headers: [String: String] = [:]) throws -> Answer {
        try send("POST", path, Array(body.utf8), headers)
        return try read()
    }

    func get(_ path: String, _ headers: [String: String] = [:]) throws -> Answer {
        try send("GET", path, [], headers)
        return try read()
    }

    /// A chat of one message; `extra` are further members, as JSON.
    func chat(
        _ text: String,
        route: String = "main",
        _ extra: String = "",
        headers: [String: String] = [:]
    ) throws -> Answer {
        try post("/v1/chat/completions", chatBody(text, route: route, extra), headers)
    }

    func complete(
        _ text: String,
        route: String = "main",
        _ extra: String = "",
        headers: [String: String] = [:]
    ) throws -> Answer {
        try post("/v1/completions", completionBody(text, route: route, extra), headers)
    }

    /// The next answer on this connection.
    func read() throws -> Answer {
        var answer = Answer()
        let end = Array("\r\n\r\n".utf8)
        var headEnd = unread.firstRange(of: end)
        while headEnd == nil {
            try readMore()
            headEnd = unread.firstRange(of: end)
        }
        guard let headEnd else { throw Unable("no head") }
        let head = String(decoding: unread[..<headEnd.lowerBound], as: UTF8.self)
        unread.removeSubrange(..<headEnd.upperBound)
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: true)
        answer.status = Int(lines.removeFirst().dropFirst(9).prefix(3)) ?? 0
        answer.fields = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (parts[0].lowercased(), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        guard let length = answer["content-length"].flatMap({ Int($0) }) else { return answer }
        while unread.count < length { try readMore() }
        answer.body = Array(unread.prefix(length))
        unread.removeFirst(length)
        return answer
    }

    /// The next chunk of a chunked body; empty: it was the last.
    func readChunk() throws -> [UInt8] {
        let line = Array("\r\n".utf8)
        while unread.firstRange(of: line) == nil { try readMore() }
        guard let end = unread.firstRange(of: line),
            let count = Int(String(decoding: unread[..<end.lowerBound], as: UTF8.self), radix: 16)
        else { throw Unable("no chunk") }
        while unread.count < end.upperBound + count + 2 { try readMore() }
        let chunk = Array(unread[end.upperBound..<end.upperBound + count])
        unread.removeSubrange(..<(end.upperBound + count + 2))
        return chunk
    }

    /// What has come and was not asked for yet, where the connection's end is the body's.
    func takeUnread() -> [UInt8] {
        defer { unread = [] }
        return unread
    }

    /// Whether the gateway closes the connection, after nothing more than what was read.
    var isClosedByPeer: Bool {
        var byte: UInt8 = 0
        return unread.isEmpty && recv(descriptor, &byte, 1, 0) <= 0 && errno != EAGAIN
    }

    private func readMore() throws {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else {
            throw Unable(
                count == 0
                    ? "the connection was closed without an answer" : "no answer: \(String(cString: strerror(errno)))"
            )
        }
        unread += buffer[..<count]
    }
}

/// Text as a JSON string.
func quoted(_ text: String) -> String { String(decoding: JSONTree.string(text).encode(), as: UTF8.self) }

func chatBody(_ text: String, route: String = "main", _ extra: String = "") -> String {
    let more = extra.isEmpty ? "" : ",\(extra)"
    return #"{"model":"\#(route)","messages":[{"role":"user","content":\#(quoted(text))}]\#(more)}"#
}

func completionBody(_ text: String, route: String = "main", _ extra: String = "") -> String {
    #"{"model":"\#(route)","prompt":\#(quoted(text))\#(extra.isEmpty ? "" : ",\(extra)")}"#
}
