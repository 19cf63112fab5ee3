import Glibc

/// A port on which connections are not taken: its queue of new ones is full, so the next SYN gets no answer.
final class SilentPort {
    let port: UInt16
    private var descriptors: [CInt] = []

    init() throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        descriptors.append(listener)
        var address = Self.loopback(0)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var length = size
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, size) == 0 && listen(listener, 0) == 0 && getsockname(listener, name, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard code else { throw Unable("no port can be listened on") }
        for _ in 1...4 {
            let filler = socket(
                AF_INET,
                CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue),
                0
            )
            descriptors.append(filler)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(filler, $0, size) }
            }
        }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    /// A port on which nobody listens: it was free a moment ago.
    static func closed() throws -> UInt16 {
        try SilentPort().port
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
