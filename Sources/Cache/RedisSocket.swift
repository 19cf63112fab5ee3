// The socket under a link: addresses, names and a connect that does not block.

import Glibc
import Loop

/// A `sockaddr` of any family.
struct SocketName: Sendable, Equatable {
    let family: CInt
    let bytes: [UInt8]

    init(family: CInt, bytes: UnsafeRawBufferPointer) {
        self.family = family
        self.bytes = [UInt8](bytes)
    }

    /// - Parameter path: at most 107 bytes, without NUL (``RedisAddress`` says so, and settings see to it).
    init(unixPath path: String) {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix(107))) }
        family = AF_UNIX
        bytes = withUnsafeBytes(of: &name) { [UInt8]($0) }
    }

    /// Addresses of a host, or of an address in writing.
    /// - Parameter numeric: no look-up: empty unless `host` is an address. Otherwise this **blocks**, for seconds if
    ///   the name server does.
    static func find(host: String, port: UInt16, numeric: Bool) -> [SocketName] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | (numeric ? AI_NUMERICHOST : AI_ADDRCONFIG)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var names: [SocketName] = []
        var next = list
        while let info = next {
            let bytes = UnsafeRawBufferPointer(start: info.pointee.ai_addr, count: Int(info.pointee.ai_addrlen))
            names.append(SocketName(family: info.pointee.ai_family, bytes: bytes))
            next = info.pointee.ai_next
        }
        return names
    }

    /// One thread of the process looks names up for all links; it starts with the first name.
    static let resolver = Loop.start(name: "redis-names")

    /// A non-blocking socket that is connected or about to be.
    /// - Returns: the descriptor, the caller's to close; or why there is none, as an errno.
    func connect() -> (descriptor: CInt, failure: CInt) {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { return (-1, errno) }
        if family != AF_UNIX {
            var one: CInt = 1
            setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
            setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &one, socklen_t(MemoryLayout<CInt>.size))
        }
        let code = bytes.withUnsafeBytes { bytes in
            Glibc.connect(
                descriptor,
                bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count)
            )
        }
        if code == 0 || errno == EINPROGRESS { return (descriptor, 0) }
        let failure = errno
        close(descriptor)
        return (-1, failure)
    }

    /// What became of a connect that was under way: 0, or an errno.
    static func outcome(_ descriptor: CInt) -> CInt {
        var failure: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 ? failure : errno
    }

    static func describe(_ failure: CInt) -> String { String(cString: strerror(failure)) }
}
