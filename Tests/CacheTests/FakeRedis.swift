import Cache
import Glibc
import Loop

/// A server that says what the test tells it to, on a Unix socket and a thread of its own: for what a real Redis does
/// not do on demand. Commands are told apart by their first word.
final class FakeRedis: Sendable {
    let socketPath: String
    private let listener: CInt
    private let seen = Lock<[String]>([])

    var address: RedisAddress { RedisAddress(place: .unix(path: socketPath)) }
    /// The first words of the commands so far.
    var commands: [String] { seen.withLock { $0 } }

    /// - Parameter reply: the pieces, each written on its own; nil: the connection is closed.
    init(_ reply: @escaping @Sendable (_ command: String, _ connection: Int) -> [String]?) {
        socketPath = "/tmp/understudy-fake-\(getpid())-\(UInt32.random(in: .min ... .max))"
        listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(socketPath.utf8)) }
        let listener = listener
        withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        listen(listener, 16)
        let work = Work(listener: listener) { [weak self] command, connection in
            self?.seen.withLock { $0.append(command) }
            return reply(command, connection)
        }
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { context in
                Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            },
            Unmanaged.passRetained(work).toOpaque()
        )
        pthread_detach(thread)
    }

    deinit {
        shutdown(listener, CInt(SHUT_RDWR))
        unlink(socketPath)
    }

    private final class Work: Sendable {
        let listener: CInt
        let reply: @Sendable (String, Int) -> [String]?

        init(listener: CInt, reply: @escaping @Sendable (String, Int) -> [String]?) {
            self.listener = listener
            self.reply = reply
        }

        func run() {
            var connection = 0
            while true {
                let peer = accept(listener, nil, nil)
                guard peer >= 0 else { break }
                serve(peer, connection)
                close(peer)
                connection += 1
            }
            close(listener)
        }

        private func serve(_ peer: CInt, _ connection: Int) {
            var pending: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = recv(peer, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                pending += buffer.prefix(count)
                while let command = takeCommand(&pending) {
                    guard let pieces = reply(command, connection) else { return }
                    for piece in pieces { _ = piece.withCString { send(peer, $0, strlen($0), CInt(MSG_NOSIGNAL)) } }
                }
            }
        }

        /// One array of bulk strings off the front; its first element.
        private func takeCommand(_ bytes: inout [UInt8]) -> String? {
            var rest = bytes[...]
            func number() -> Int? {
                guard let end = rest.firstIndex(of: 13), end + 1 < rest.endIndex else { return nil }
                let value = Int(String(decoding: rest[rest.startIndex + 1..<end], as: UTF8.self))
                rest = rest[(end + 2)...]
                return value
            }
            guard let count = number() else { return nil }
            var first: String?
            for _ in 0..<count {
                guard let length = number(), rest.count >= length + 2 else { return nil }
                if first == nil { first = String(decoding: rest.prefix(length), as: UTF8.self) }
                rest = rest.dropFirst(length + 2)
            }
            bytes = Array(rest)
            return first
        }
    }
}
