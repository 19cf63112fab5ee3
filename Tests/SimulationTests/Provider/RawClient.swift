import Glibc

/// A client that says exactly the bytes it is given, over one blocking connection; every wait ends after ten seconds.
struct RawClient: ~Copyable {
    struct Failure: Error {
        var call: String
        var code: CInt
    }

    /// All that came until the server closed, or until an answer with a content-length was whole.
    struct Reply {
        var bytes: [UInt8]
        var text: String
        var wasReset = false
        /// The server closed the connection.
        var ended = false

        init(_ bytes: [UInt8], wasReset: Bool = false, ended: Bool = false) {
            self.bytes = bytes
            text = String(decoding: bytes, as: UTF8.self)
            self.wasReset = wasReset
            self.ended = ended
        }

        var status: Int { Int(text.split(separator: " ", maxSplits: 2).dropFirst().first ?? "") ?? 0 }
        var head: Substring { text.firstRange(of: "\r\n\r\n").map { text[..<$0.lowerBound] } ?? text[...] }
        var body: Substring { text.firstRange(of: "\r\n\r\n").map { text[$0.upperBound...] } ?? "" }
    }

    private let descriptor: CInt

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if connected != 0 { throw Failure(call: "connect", code: errno) }
    }

    deinit { close(descriptor) }

    func send(
        _ method: String,
        _ path: String,
        _ body: String = "",
        headers: String = "",
        type: String = "application/json"
    ) {
        let text =
            "\(method) \(path) HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: \(type)\r\n\(headers)"
            + "content-length: \(body.utf8.count)\r\n\r\n\(body)"
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    func receive(until enough: (Reply) -> Bool = Self.isWhole) throws -> Reply {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                bytes.append(contentsOf: buffer[..<count])
                let reply = Reply(bytes)
                if enough(reply) { return reply }
            } else if count == 0 {
                return Reply(bytes, ended: true)
            } else if errno == ECONNRESET {
                return Reply(bytes, wasReset: true, ended: true)
            } else {
                throw Failure(call: "recv", code: errno)
            }
        }
    }

    /// Reads and forgets so many bytes.
    func receive(atLeast size: Int) throws {
        var left = size
        var buffer = [UInt8](repeating: 0, count: 65536)
        while left > 0 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { throw Failure(call: "recv", code: errno) }
            left -= count
        }
    }

    static func isWhole(_ reply: Reply) -> Bool {
        guard let field = reply.head.firstRange(of: "content-length: ") else {
            return reply.body.hasSuffix("0\r\n\r\n")
        }
        return reply.body.utf8.count == Int(reply.head[field.upperBound...].prefix { $0.isNumber })
    }

    func exchange(_ method: String, _ path: String, _ body: String = "", headers: String = "") throws -> Reply {
        send(method, path, body, headers: headers)
        return try receive()
    }
}
