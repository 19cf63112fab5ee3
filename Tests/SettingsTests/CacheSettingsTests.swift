import Settings
import Testing

@Suite struct CacheSettingsTests {
    @Test func `every key is read`() throws {
        let cache = try Fixture().load(
            Minimal.section("cache", "redis: redis://:pw@127.0.0.1:7777/2\nredis_deadline: 7ms\nmemory: 0MiB\nttl: 0s")
        ).cache
        #expect(try cache.redis == RedisAddress("redis://:pw@127.0.0.1:7777/2"))
        #expect(cache.redisDeadline == .milliseconds(7))
        #expect(cache.memory == 0)
        #expect(cache.ttl == .zero)
    }

    @Test(arguments: [
        (
            "redis: localhost:6379",
            "7:10: cache.redis: expected redis://HOST:PORT/DATABASE or unix:///PATH: a Redis URL begins with redis:// or unix://"
        ),
        ("redis_deadline: 0ms", "7:19: cache.redis_deadline: must be above zero"),
        ("memory: big", "7:11: cache.memory: expected a size such as 16KiB, 64MiB or 1GiB, found 'big'"),
        ("ttl: 24", "7:8: cache.ttl: expected a duration such as 5ms, 2s, 24h or 7d, found '24'"),
        ("tll: 24h", "7:3: cache.tll: unknown key (did you mean 'ttl'?)"),
    ])
    func `each mistake is told at its place`(keys: String, expected: String) throws {
        #expect(try Fixture().problems(Minimal.section("cache", keys)) == [expected])
    }

    @Test func `a password is quoted in no message`() throws {
        let problems = try Fixture().problems(
            Minimal.section("cache", "redis: ${REDIS}"),
            environment: ["REDIS": "http://:hunter2@nowhere"]
        )
        #expect(problems.count == 1)
        #expect(!problems.joined().contains("hunter2"))
    }
}
