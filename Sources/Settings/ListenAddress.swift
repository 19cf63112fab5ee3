/// Where a port is opened, or a model is reached: a host and a port, as the file writes it.
///
/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `0.0.0.0:80`, `:8080` (every address of the machine).
public struct ListenAddress: Sendable, Hashable {
    /// Without brackets. Empty: every address.
    public let host: String
    /// 0: any free one.
    public let port: UInt16

    /// - Returns: nil unless it is `HOST:PORT` with a port of at most 65535. Names other than `localhost` are refused:
    ///   what a name stands for may change, and with it who can reach the port.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else {
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard Self.isIPv6(host) else { return nil }
        } else {
            guard host.isEmpty || host == "localhost" || Self.isIPv4(host) else { return nil }
        }
        self.host = host
        self.port = port
    }

    public var text: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    public var isLoopback: Bool { Self.isLoopback(host: host) }

    /// Whether nobody but this machine is behind `host`: `localhost`, 127.0.0.0/8, `::1`.
    static func isLoopback(host: String) -> Bool {
        host == "localhost" || host == "::1" || (isIPv4(host) && host.hasPrefix("127."))
    }

    private static func isIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil
            }
    }

    private static func isIPv6(_ host: String) -> Bool {
        host.contains(":") && host.utf8.allSatisfy { "0123456789abcdefABCDEF:.%".utf8.contains($0) }
    }
}
