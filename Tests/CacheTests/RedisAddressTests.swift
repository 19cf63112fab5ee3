import Testing

@testable import Cache

@Suite struct RedisAddressTests {
    @Test(arguments: [
        ("redis://127.0.0.1:6380/2", RedisAddress(place: .tcp(host: "127.0.0.1", port: 6380), database: 2)),
        ("redis://cache", RedisAddress(place: .tcp(host: "cache", port: 6379))),
        ("redis://cache/", RedisAddress(place: .tcp(host: "cache", port: 6379))),
        ("redis://[::1]:7/1", RedisAddress(place: .tcp(host: "::1", port: 7), database: 1)),
        ("redis://[fe80::1]", RedisAddress(place: .tcp(host: "fe80::1", port: 6379))),
        ("redis://:p%40ss@h", RedisAddress(place: .tcp(host: "h", port: 6379), password: "p@ss")),
        ("redis://:p/@:w@h", RedisAddress(place: .tcp(host: "h", port: 6379), password: "p/@:w")),
        ("redis://u:p@h:1", RedisAddress(place: .tcp(host: "h", port: 1), user: "u", password: "p")),
        ("unix:///run/redis.sock", RedisAddress(place: .unix(path: "/run/redis.sock"))),
        ("redis+unix:///run/r?db=4", RedisAddress(place: .unix(path: "/run/r"), database: 4)),
        ("unix://u:p@/run/r", RedisAddress(place: .unix(path: "/run/r"), user: "u", password: "p")),
    ])
    func isTakenApart(url: String, address: RedisAddress) throws {
        #expect(try RedisAddress(url) == address)
    }

    @Test(arguments: [
        "", "localhost:6379", "http://h", "redis://", "redis://:6379", "redis://h:0", "redis://h:65536", "redis://h:x",
        "redis://h/x", "redis://h/-1", "redis://::1", "redis://[::1", "redis://h?db=1", "rediss://h", "unix://relative",
        "unix:///p?x=1", "redis://u@h", "redis://:%zz@h", "redis://:%4", "redis://:%00@h", "redis://:%+1@h",
        "unix:///" + String(repeating: "p", count: 108),
    ])
    func isRefused(url: String) {
        #expect(throws: InvalidRedisAddress.self) { try RedisAddress(url) }
    }

    @Test func neverShowsThePassword() throws {
        #expect("\(try RedisAddress("redis://user:secret@h:1/2"))" == "redis://h:1/2")
        #expect("\(try RedisAddress("unix://:secret@/run/r"))" == "unix:///run/r?db=0")
        do {
            _ = try RedisAddress("redis://:secret@h:x")
        } catch {
            #expect(!error.description.contains("secret"))
        }
    }
}
