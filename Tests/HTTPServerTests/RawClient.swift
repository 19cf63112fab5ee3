import Glibc

/// A blocking client that sends exactly the bytes it is told to. Every wait ends after ten seconds.
final class RawClient {
    let descriptor: CInt
    private var unread: [UInt8] = []

    init(_ port: UInt16, receiveBuffer: CInt? = nil) {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<CInt>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    let isConnected: Bool

    private var isClosed = false

    deinit { close() }

    func close() {
        if !isClosed { Glibc.close(descriptor) }
        isClosed = true
    }

    /// Sends all of it; false when the connection broke on the way.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String, byteByByte: Bool = false) -> Bool {
        let bytes = Array(text.utf8)
        guard byteByByte else { return send(bytes) }
        for byte in bytes where !send([byte]) { return false }
        return true
    }

    func finishSending() { shutdown(descriptor, CInt(SHUT_WR)) }

    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    private enum Read { case bytes, end, broken, silence }

    private func more() -> Read {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 {
            unread.append(contentsOf: buffer[..<count])
            return .bytes
        }
        if count == 0 { return .end }
        return errno == EAGAIN ? .silence : .broken
    }

    /// Takes what has come so far; waits for at least one byte.
    func receiveSome() -> Int {
        guard more() == .bytes else { return 0 }
        defer { unread.removeAll() }
        return unread.count
    }

    /// All that comes until the server closes; nil when it does not close in an orderly way.
    func readToEnd() -> String? {
        while true {
            switch more() {
            case .bytes: continue
            case .end:
                defer { unread = [] }
                return String(decoding: unread, as: UTF8.self)
            case .broken, .silence: return nil
            }
        }
    }

    struct Answer: Equatable {
        var status: Int
        var head: String
        var body: String
        func field(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() where line.lowercased().hasPrefix("\(name):") {
                return String(line.dropFirst(name.count + 1).drop { $0 == " " })
            }
            return nil
        }
    }

    /// One answer with its body; nil when none comes. `toHead`: it has no body (an answer to HEAD, a 100).
    func readAnswer(toHead: Bool = false) -> Answer? {
        var end: Int?
        while true {
            end = headEnd()
            if end != nil { break }
            guard more() == .bytes else { return nil }
        }
        let head = String(decoding: unread[..<end!], as: UTF8.self)
        unread.removeSubrange(..<end!)
        var answer = Answer(status: Int(head.dropFirst(9).prefix(3)) ?? 0, head: head, body: "")
        if toHead || answer.status < 200 || answer.status == 204 { return answer }
        if let length = answer.field("content-length").flatMap({ Int($0) }) {
            while unread.count < length { guard more() == .bytes else { return nil } }
            answer.body = String(decoding: unread[..<length], as: UTF8.self)
            unread.removeSubrange(..<length)
        } else if answer.field("transfer-encoding") == "chunked" {
            while true {
                guard let line = readLine(), let size = Int(line, radix: 16) else { return nil }
                while unread.count < size + 2 { guard more() == .bytes else { return nil } }
                answer.body += String(decoding: unread[..<size], as: UTF8.self)
                unread.removeSubrange(..<(size + 2))
                if size == 0 { return answer }
            }
        }
        return answer
    }

    private func readLine() -> String? {
        while true {
            if let feed = unread.firstIndex(of: 10) {
                defer { unread.removeSubrange(...feed) }
                return String(decoding: unread[..<(feed - 1)], as: UTF8.self)
            }
            guard more() == .bytes else { return nil }
        }
    }

    private func headEnd() -> Int? {
        guard unread.count >= 4 else { return nil }
        for index in 0...(unread.count - 4) where unread[index..<(index + 4)].elementsEqual([13, 10, 13, 10]) {
            return index + 4
        }
        return nil
    }
}
