// Where Redis is and how to enter: the URL of `cache.redis`.
//
//     redis://[[user:]password@]host[:6379][/database]      host: a name, an IPv4 address, or [an IPv6 address]
//     unix://[[user:]password@]/path/to/socket[?db=N]       redis+unix:// is the same
//
// User, password and path are percent-decoded. `rediss` (TLS) is refused by name. The cache has a type of its own for
// what it connects to, since neither module may import the other; it reads no URLs.

/// The URL of a Redis, taken apart.
public struct RedisAddress: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        case host(String, port: UInt16)
        case socket(path: String)
    }

    public let place: Place
    public let user: String?
    /// A secret.
    public let password: String?
    public let database: Int

    public init(place: Place, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.place = place
        self.user = user
        self.password = password
        self.database = database
    }

    public init(_ url: String) throws(InvalidRedisAddress) {
        guard let scheme = url.firstRange(of: "://") else {
            throw InvalidRedisAddress("a Redis URL begins with redis:// or unix://")
        }
        var rest = url[scheme.upperBound...]
        var query: Substring?
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        // A password may hold a slash that nobody encoded; a host cannot hold an @.
        if let at = rest.lastIndex(of: "@") {
            let credentials = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let first = try Self.decoded(credentials[0])
            // Alone it is the password, which is all that most Redis servers know.
            user = credentials.count == 1 || first.isEmpty ? nil : first
            password = credentials.count == 1 ? first : try Self.decoded(credentials[1])
            rest = rest[rest.index(after: at)...]
        } else {
            user = nil
            password = nil
        }
        switch url[..<scheme.lowerBound] {
        case "redis":
            guard query == nil else { throw InvalidRedisAddress("a redis:// URL takes no query; /N is the database") }
            (place, database) = try Self.network(rest)
        case "unix", "redis+unix":
            guard rest.first == "/" else { throw InvalidRedisAddress("the socket's path must begin with a slash") }
            let path = try Self.decoded(rest)
            guard path.utf8.count < 108 else { throw InvalidRedisAddress("the socket's path is longer than 107 bytes") }
            place = .socket(path: path)
            database = try Self.database(query)
        case "rediss":
            throw InvalidRedisAddress("TLS to Redis (rediss://) is not in this version")
        default:
            throw InvalidRedisAddress("a Redis URL begins with redis:// or unix://")
        }
    }

    private static func network(_ rest: Substring) throws(InvalidRedisAddress) -> (Place, Int) {
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var host = parts[0]
        var port: UInt16 = 6379
        let bracket = host.lastIndex(of: "]")
        if let colon = host.lastIndex(of: ":"), bracket.map({ $0 < colon }) ?? true {
            guard let number = UInt16(host[host.index(after: colon)...]), number > 0 else {
                throw InvalidRedisAddress("the port must be a number from 1 to 65535")
            }
            port = number
            host = host[..<colon]
        }
        if bracket != nil {
            guard host.first == "[", host.last == "]" else { throw InvalidRedisAddress("an unmatched bracket") }
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw InvalidRedisAddress("an IPv6 address stands in brackets")
        }
        guard !host.isEmpty else { throw InvalidRedisAddress("the host is missing") }
        let database = parts.count > 1 && !parts[1].isEmpty ? try number(parts[1]) : 0
        return (.host(String(host), port: port), database)
    }

    private static func database(_ query: Substring?) throws(InvalidRedisAddress) -> Int {
        guard let query, !query.isEmpty else { return 0 }
        guard query.hasPrefix("db=") else { throw InvalidRedisAddress("the only option known is ?db=N") }
        return try number(query.dropFirst(3))
    }

    private static func number(_ text: Substring) throws(InvalidRedisAddress) -> Int {
        guard let number = Int(text), (0...65_535).contains(number) else {
            throw InvalidRedisAddress("the database must be a number")
        }
        return number
    }

    private static func decoded(_ text: Substring) throws(InvalidRedisAddress) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(hex: rest.prefix(2)) else {
                throw InvalidRedisAddress("a % is not followed by two hexadecimal digits")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let string = String(validating: bytes, as: UTF8.self), !string.utf8.contains(0) else {
            throw InvalidRedisAddress("user, password and path must be UTF-8 without NUL")
        }
        return string
    }

    /// The address with `***` for the password; reads as the same address with another password.
    public var masked: String {
        let secret = password == nil ? "" : "\(user.map { "\(Self.encoded($0)):" } ?? ":")***@"
        switch place {
        case .socket(let path): return "unix://\(secret)\(Self.encoded(path))?db=\(database)"
        case .host(let host, let port):
            return "redis://\(secret)\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        }
    }

    /// What means something in a URL, and what is no ASCII, as percent and two digits.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "@"), UInt8(ascii: ":"), 0...0x20, 0x7F...:
                "%" + String(UInt16(byte) + 0x100, radix: 16, uppercase: true).dropFirst()
            default: String(UnicodeScalar(byte))
            }
        }.joined()
    }
}

/// A Redis URL that is none. `what` says why and repeats nothing of the URL, which may hold a password.
public struct InvalidRedisAddress: Error, Sendable, Equatable, CustomStringConvertible {
    public let what: String

    public init(_ what: String) { self.what = what }

    public var description: String { what }
}

extension UInt8 {
    /// Two hexadecimal digits, and nothing else: `UInt8(_:radix:)` would take a sign.
    fileprivate init?(hex digits: ArraySlice<UInt8>) {
        var value: UInt8 = 0
        for digit in digits {
            guard let nibble = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            value = value << 4 | UInt8(nibble)
        }
        self = value
    }
}
