import Testing

@testable import Settings

@Suite struct RedisAddressTests {
    @Test(arguments: [
        ("redis://127.0.0.1:6380/2", RedisAddress(place: .host("127.0.0.1", port: 6380), database: 2)),
        ("redis://cache", RedisAddress(place: .host("cache", port: 6379))),
        ("redis://cache/", RedisAddress(place: .host("cache", port: 6379))),
        ("redis://[::1]:7/1", RedisAddress(place: .host("::1", port: 7), database: 1)),
        ("redis://[fe80::1]", RedisAddress(place: .host("fe80::1", port: 6379))),
        ("redis://:p%40ss@h", RedisAddress(place: .host("h", port: 6379), password: "p@ss")),
        ("redis://:p/@:w@h", RedisAddress(place: .host("h", port: 6379), password: "p/@:w")),
        (
            "redis://me:p@ss:w@h:1/3",
            RedisAddress(place: .host("h", port: 1), user: "me", password: "p@ss:w", database: 3)
        ),
        ("redis://secret@h", RedisAddress(place: .host("h", port: 6379), password: "secret")),
        ("redis://m%3Ae:p@h", RedisAddress(place: .host("h", port: 6379), user: "m:e", password: "p")),
        ("unix:///run/redis.sock", RedisAddress(place: .socket(path: "/run/redis.sock"))),
        ("redis+unix:///run/r?db=4", RedisAddress(place: .socket(path: "/run/r"), database: 4)),
        ("unix://u:p@/run/%25%3F", RedisAddress(place: .socket(path: "/run/%?"), user: "u", password: "p")),
    ])
    func `an address is taken apart, and its masked form reads as the same place`(url: String, address: RedisAddress)
        throws
    {
        #expect(try RedisAddress(url) == address)
        let masked = try RedisAddress(address.masked)
        #expect((masked.place, masked.user, masked.database) == (address.place, address.user, address.database))
        #expect(masked.password == address.password.map { _ in "***" })
    }

    @Test func `the masked form is what an operator would write`() throws {
        #expect(try RedisAddress("redis://secret@[::1]").masked == "redis://:***@[::1]:6379/0")
        #expect(try RedisAddress("redis://me:secret@h:7000/3").masked == "redis://me:***@h:7000/3")
        #expect(try RedisAddress("unix:///run/r").masked == "unix:///run/r?db=0")
    }

    @Test(arguments: [
        "", "localhost:6379", "http://h", "redis://", "redis://:6379", "redis://h:0", "redis://h:65536", "redis://h:x",
        "redis://h/x", "redis://h/-1", "redis://::1", "redis://[::1", "redis://h?db=1", "rediss://h", "unix://relative",
        "unix:///p?x=1", "unix:///p?db=x", "redis://:%zz@h", "redis://:%4", "redis://:%00@h", "redis://:%+1@h",
        "unix:///" + String(repeating: "p", count: 108),
    ])
    func `anything else is refused`(url: String) {
        #expect(throws: InvalidRedisAddress.self) { try RedisAddress(url) }
    }

    @Test func `what is wrong is said without the password`() {
        let error = #expect(throws: InvalidRedisAddress.self) { try RedisAddress("redis://:secret@h:x") }
        #expect(error?.description == "the port must be a number from 1 to 65535")
    }
}
