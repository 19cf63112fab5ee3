/// `redis://[[USER:]PASSWORD@]HOST[:PORT][/DATABASE]`, or `unix:///PATH[?db=N]` for a socket.
public struct RedisAddress: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        case host(String, port: UInt16)
        case socket(path: String)
    }

    public let place: Place
    public let database: Int
    public let user: String?
    /// A secret.
    public let password: String?

    /// - Returns: nil for anything else than the two forms.
    public init?(_ text: String) {
        if text.hasPrefix("unix://") {
            let parts = text.dropFirst(7).split(separator: "?", maxSplits: 1)
            guard let path = parts.first, path.hasPrefix("/") else { return nil }
            var database = 0
            if parts.count == 2 {
                guard parts[1].hasPrefix("db="), let number = Self.number(parts[1].dropFirst(3)) else { return nil }
                database = number
            }
            self.place = .socket(path: String(path))
            self.database = database
            self.user = nil
            self.password = nil
            return
        }
        guard text.hasPrefix("redis://") else { return nil }
        var rest = text.dropFirst(8)
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let secret = rest[..<at]
            rest = rest[rest.index(after: at)...]
            if let colon = secret.firstIndex(of: ":") {
                user = colon == secret.startIndex ? nil : String(secret[..<colon])
                password = String(secret[secret.index(after: colon)...])
            } else {
                password = String(secret)
            }
        }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let database = parts.count < 2 || parts[1].isEmpty ? 0 : Self.number(parts[1])
        let hostAndPort = parts.first.map(String.init) ?? ""
        guard let database, let (host, port) = Self.split(hostAndPort) else { return nil }
        self.place = .host(host, port: port)
        self.database = database
        self.user = user
        self.password = password
    }

    /// The address with `***` for the password; reads as the same address with another password.
    public var masked: String {
        switch place {
        case .socket(let path):
            return "unix://\(path)?db=\(database)"
        case .host(let host, let port):
            let secret = password == nil ? "" : "\(user ?? ""):***@"
            return "redis://\(secret)\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        }
    }

    private static func number(_ digits: Substring) -> Int? {
        digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
    }

    private static func split(_ text: String) -> (String, UInt16)? {
        var host = Substring(text)
        var port: UInt16 = 6379
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            guard let number = Self.number(text[text.index(after: colon)...]), number > 0, number <= 65535 else {
                return nil
            }
            port = UInt16(number)
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return host.isEmpty ? nil : (String(host), port)
    }
}
