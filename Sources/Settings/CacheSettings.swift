/// `cache:` — where answers are remembered, and for how long.
public struct CacheSettings: Sendable {
    /// nil: in-process only.
    public var redis: RedisAddress?
    /// A Redis that takes longer is a miss.
    public var redisDeadline: Duration
    /// Bytes, in all. 0: none.
    public var memory: Int
    /// For routes without a `ttl` of their own. Zero: nothing is stored.
    public var ttl: Duration

    init(_ fields: Fields) {
        redis = Self.redis(fields)
        redisDeadline = fields.duration("redis_deadline", default: .milliseconds(5))
        memory = fields.size("memory", default: 64 << 20, in: 0...(.max))
        ttl = fields.duration("ttl", default: .seconds(86_400), zero: true)
    }

    private static func redis(_ fields: Fields) -> RedisAddress? {
        guard let (node, scalar) = fields.scalar("redis", "an address such as redis://127.0.0.1:6379/0") else {
            return nil
        }
        do throws(InvalidRedisAddress) {
            let address = try RedisAddress(scalar.text)
            fields.put("redis", .secret(scalar.text, shown: address.masked))
            return address
        } catch {
            // Not quoted: it may hold a password.
            let message = "expected redis://HOST:PORT/DATABASE or unix:///PATH: \(error)"
            fields.reading.problems.add(node.place, key: node.key, message)
            return nil
        }
    }
}
