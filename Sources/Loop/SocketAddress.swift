import Glibc

/// An address text that means nothing.
public struct InvalidSocketAddress: Error, Sendable, CustomStringConvertible {
    public let text: String
    public var description: String {
        "\"\(text)\" is no address: 127.0.0.1:8080, [::1]:8080, localhost:8080 or :8080 (all interfaces) is"
    }
}

/// An IPv4 or IPv6 address with a port, as a value. Names other than `localhost` are not looked up.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    public enum Host: Sendable, Hashable {
        /// In host byte order: 127.0.0.1 is 0x7f000001.
        case v4(UInt32)
        /// Sixteen bytes in network order, as two big-endian halves.
        case v6(UInt64, UInt64)
    }

    public var host: Host
    public var port: UInt16

    public init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    public static func loopback(port: UInt16) -> SocketAddress {
        SocketAddress(host: .v4(0x7f00_0001), port: port)
    }

    /// Reads `127.0.0.1:8080`, `[::1]:0`, `localhost:8080`, `:8080` (every IPv4 interface).
    public init(_ text: String) throws(InvalidSocketAddress) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            text[text.index(after: colon)...].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { throw InvalidSocketAddress(text: text) }
        let name = text[..<colon]
        if name.isEmpty {
            self.init(host: .v4(0), port: port)
        } else if name == "localhost" {
            self.init(host: .v4(0x7f00_0001), port: port)
        } else if name.hasPrefix("["), name.hasSuffix("]") {
            var bytes = in6_addr()
            guard inet_pton(AF_INET6, String(name.dropFirst().dropLast()), &bytes) == 1 else {
                throw InvalidSocketAddress(text: text)
            }
            self.init(host: SocketAddress.host(of: bytes), port: port)
        } else {
            var bytes = in_addr()
            guard inet_pton(AF_INET, String(name), &bytes) == 1 else { throw InvalidSocketAddress(text: text) }
            self.init(host: .v4(UInt32(bigEndian: bytes.s_addr)), port: port)
        }
    }

    /// 127.0.0.0/8, ::1, and the first of them written as IPv6.
    public var isLoopback: Bool {
        switch host {
        case .v4(let address): address >> 24 == 127
        case .v6(0, 1): true
        case .v6(0, let low): low >> 32 == 0xffff && low & 0xff00_0000 == 0x7f00_0000
        case .v6: false
        }
    }

    /// Without the port: `127.0.0.1`, `::1`.
    public var address: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        return withSocketAddress { address, _ in
            switch host {
            case .v4:
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                    var bytes = pointer.pointee.sin_addr
                    inet_ntop(AF_INET, &bytes, &text, socklen_t(INET6_ADDRSTRLEN))
                }
            case .v6:
                address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                    var bytes = pointer.pointee.sin6_addr
                    inet_ntop(AF_INET6, &bytes, &text, socklen_t(INET6_ADDRSTRLEN))
                }
            }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    public var description: String {
        if case .v6 = host { "[\(address)]:\(port)" } else { "\(address):\(port)" }
    }

    // MARK: The C side

    private static func host(of bytes: in6_addr) -> Host {
        withUnsafeBytes(of: bytes) { raw in
            .v6(
                UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// As C functions want it, for the length of `body`.
    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, Int) -> Result) -> Result {
        switch host {
        case .v4(let address):
            var c = sockaddr_in()
            c.sin_family = sa_family_t(AF_INET)
            c.sin_port = port.bigEndian
            c.sin_addr.s_addr = address.bigEndian
            return withUnsafePointer(to: &c) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, MemoryLayout<sockaddr_in>.size) }
            }
        case .v6(let high, let low):
            var c = sockaddr_in6()
            c.sin6_family = sa_family_t(AF_INET6)
            c.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &c.sin6_addr) { raw in
                raw.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
                raw.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return withUnsafePointer(to: &c) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, MemoryLayout<sockaddr_in6>.size) }
            }
        }
    }

    /// What `getsockname` or `getpeername` says; nil for a descriptor that has no such address.
    init?(
        of descriptor: CInt,
        _ ask: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &length) }
        }
        guard code == 0 else { return nil }
        switch CInt(storage.ss_family) {
        case AF_INET:
            self = withUnsafeBytes(of: storage) { raw in
                let c = raw.loadUnaligned(as: sockaddr_in.self)
                return SocketAddress(
                    host: .v4(UInt32(bigEndian: c.sin_addr.s_addr)),
                    port: UInt16(bigEndian: c.sin_port)
                )
            }
        case AF_INET6:
            self = withUnsafeBytes(of: storage) { raw in
                let c = raw.loadUnaligned(as: sockaddr_in6.self)
                return SocketAddress(
                    host: SocketAddress.host(of: c.sin6_addr),
                    port: UInt16(bigEndian: c.sin6_port)
                )
            }
        default:
            return nil
        }
    }
}
