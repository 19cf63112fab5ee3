/// Where Redis is and how to enter. Settings has a type of the same name, which reads URLs: neither module may import
/// the other, so the Gateway makes one of the other.
public struct RedisAddress: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        case tcp(host: String, port: UInt16)
        /// At most 107 bytes, without NUL.
        case unix(path: String)
    }

    public let place: Place
    public let user: String?
    public let password: String?
    public let database: Int

    public init(place: Place, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.place = place
        self.user = user
        self.password = password
        self.database = database
    }
}

/// For logs and the health page: never the password.
extension RedisAddress: CustomStringConvertible {
    public var description: String {
        switch place {
        case .tcp(let host, let port): "redis://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        case .unix(let path): "unix://\(path)?db=\(database)"
        }
    }
}
