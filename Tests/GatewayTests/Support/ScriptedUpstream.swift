import Foundation
import Glibc
import Synchronization

/// An upstream that says exactly the bytes it is told to, to every request, and closes: for what no HTTP server would
/// say. One thread, one connection after the other.
final class ScriptedUpstream: Sendable {
    let port: UInt16
    private let listener: CInt

    init(says bytes: String) throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var length = size
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, size) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, name, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isListening else { throw Unable("no port can be listened on") }
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { break }
                var buffer = [UInt8](repeating: 0, count: 65536)
                _ = recv(connection, &buffer, buffer.count, 0)
                _ = bytes.withCString { send(connection, $0, strlen($0), CInt(MSG_NOSIGNAL)) }
                shutdown(connection, CInt(SHUT_WR))
                // Until the other side has read it and gone: a close before that would be a reset.
                while recv(connection, &buffer, buffer.count, 0) > 0 {}
                close(connection)
            }
        }
    }

    var baseURL: String { "http://127.0.0.1:\(port)/v1" }

    deinit {
        // Wakes `accept`, which ends the thread.
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }
}
