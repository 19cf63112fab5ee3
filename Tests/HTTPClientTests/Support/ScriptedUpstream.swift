import Glibc
import Loop

/// A server told by the test what to do with each connection: its own threads, blocking sockets, every wait bounded.
final class ScriptedUpstream: Sendable {
    enum Event: Sendable, Equatable {
        case accepted(Int)
        /// The whole request, head and body.
        case request(Int, String)
        /// The client closed this connection (seen by `waitForEnd` or by a read).
        case gone(Int)
    }

    /// Runs on the connection's thread; the connection is closed when it returns.
    typealias Script = @Sendable (Connection) -> Void

    let port: UInt16
    let events: AsyncStream<Event>
    private let sink: AsyncStream<Event>.Continuation
    private let listener: CInt
    private let accepted = Lock(0)
    private let gate: Gate

    var url: String { "http://127.0.0.1:\(port)/v1" }
    var connections: Int { accepted.withLock { $0 } }

    init(_ script: @escaping Script) {
        (events, sink) = AsyncStream.makeStream()
        gate = Gate()
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 128) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        precondition(bound, "no listener on loopback, errno \(errno)")
        port = UInt16(bigEndian: address.sin_port)
        spawn { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                if descriptor < 0 { return }
                let number = accepted.withLock { count in
                    count += 1
                    return count
                }
                sink.yield(.accepted(number))
                let connection = Connection(descriptor, number, sink, gate)
                spawn {
                    script(connection)
                    connection.close()
                }
            }
        }
    }

    /// Lets one `Connection.waitForSignal` go on.
    func signal() {
        gate.open()
    }

    /// No more connections; those under way go on.
    func stop() {
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }

    /// Waits for the first event from now on that fits.
    func next(_ fits: (Event) -> Bool) async -> Event? {
        for await event in events where fits(event) { return event }
        return nil
    }
}

final class Connection: @unchecked Sendable {
    let number: Int
    private let descriptor: CInt
    private let sink: AsyncStream<ScriptedUpstream.Event>.Continuation
    private let gate: Gate
    private var rest: [UInt8] = []
    private var isOpen = true

    // Used by its own thread alone.
    init(_ descriptor: CInt, _ number: Int, _ sink: AsyncStream<ScriptedUpstream.Event>.Continuation, _ gate: Gate) {
        self.descriptor = descriptor
        self.gate = gate
        self.number = number
        self.sink = sink
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// The next whole request; nil when the client closed.
    func readRequest() -> String? {
        while true {
            let text = String(decoding: rest, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound].lowercased()
                var length = 0
                for line in head.split(separator: "\r\n") where line.hasPrefix("content-length:") {
                    length = Int(line.dropFirst(15).drop { $0 == " " }) ?? 0
                }
                let whole = text[..<end.upperBound].utf8.count + length
                if rest.count >= whole {
                    let request = String(decoding: rest[..<whole], as: UTF8.self)
                    rest.removeFirst(whole)
                    sink.yield(.request(number, request))
                    return request
                }
            }
            guard receive() else { return nil }
        }
    }

    private func receive() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count <= 0 {
            sink.yield(.gone(number))
            return false
        }
        rest += buffer[..<count]
        return true
    }

    func send(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }

    func answer(_ body: String, status: String = "200 OK", headers: String = "") {
        send(
            "HTTP/1.1 \(status)\r\ncontent-type: application/json\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }

    /// Until the client's kernel has acknowledged everything that was sent.
    func waitForDelivery() {
        var unacknowledged: CInt = 1
        for _ in 0..<20_000 where unacknowledged > 0 {
            // SIOCOUTQ: bytes in the send queue that are not acknowledged yet.
            _ = ioctl(descriptor, 0x5411, &unacknowledged)
            if unacknowledged > 0 { usleep(100) }
        }
    }

    /// Until the test calls `signal()` on the server.
    func waitForSignal() {
        gate.wait()
    }

    /// Until the client has closed.
    func waitForEnd() {
        while receive() {}
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(descriptor)
    }

    /// An RST instead of a FIN.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close()
    }
}

/// Counts how many are inside, and remembers the most.
final class Gauge: Sendable {
    private let counts = Lock((now: 0, most: 0))
    var most: Int { counts.withLock { $0.most } }

    func enter() {
        counts.withLock { counts in
            counts.now += 1
            counts.most = max(counts.most, counts.now)
        }
    }

    func leave() {
        counts.withLock { $0.now -= 1 }
    }
}

/// Each `open` lets one `wait` through, for threads that may block; a wait ends by itself after 20 s.
final class Gate: Sendable {
    private let opened = Lock(0)

    func open() {
        opened.withLock { $0 += 1 }
    }

    func wait() {
        for _ in 0..<20_000 {
            let passed = opened.withLock { count in
                if count > 0 { count -= 1; return true }
                return false
            }
            if passed { return }
            usleep(1000)
        }
    }
}

/// A thread of its own, since these block.
func spawn(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let code = pthread_create(
        &thread,
        nil,
        { context in
            Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().body()
            return nil
        },
        Unmanaged.passRetained(Box(body)).toOpaque()
    )
    precondition(code == 0)
    pthread_detach(thread)
}
