public import Digest

/// One entry of `keys.yaml`: a client and what it may do. The key itself is known to the client only.
public struct ClientKey: Sendable, Hashable {
    public enum Permission: String, Sendable, Hashable, CaseIterable {
        /// `x-understudy-use: small|large`
        case use
        /// `cache-control: no-cache`
        case noCache = "no-cache"
    }

    public struct Limit: Sendable, Hashable {
        /// Requests per second; nil: unlimited.
        public let requestsPerSecond: Double?
        /// Exchanges at once; nil: unlimited.
        public let inFlight: Int?
    }

    public let name: String
    /// Of the key's bytes.
    public let sha256: Digest32
    /// nil: all routes.
    public let routes: Set<String>?
    public let may: Set<Permission>
    /// Wins over the route's where it is stricter; nil: the route's.
    public let harvest: HarvestPolicy?
    public let limit: Limit?

    public func mayUse(route: String) -> Bool {
        routes?.contains(route) ?? true
    }

    /// A key that was just made. `secret` is shown once and kept nowhere.
    public struct Made: Sendable {
        public let secret: String
        /// An entry for keys.yaml.
        public let yaml: String
    }

    /// A random key of 256 bits for `understudy key new NAME`.
    public static func make(_ name: String) -> Made {
        let random = Digest32(bytes: randomBytes(32)) ?? Digest32()
        let secret = "us-\(random.hex)"
        let entry = Effective.list([
            .mapping([("name", .text(name)), ("sha256", .text(SHA256.digest(of: secret).hex))])
        ])
        return Made(secret: secret, yaml: entry.yaml)
    }
}
