import Testing

@testable import Settings

@Suite struct RedisAddressTests {
    @Test func `host, port and database have defaults`() throws {
        let address = try #require(RedisAddress("redis://cache.internal"))
        #expect(address.place == .host("cache.internal", port: 6379))
        #expect(address.database == 0)
        #expect(address.password == nil)
        #expect(address.masked == "redis://cache.internal:6379/0")
    }

    @Test func `all parts are read`() throws {
        let address = try #require(RedisAddress("redis://me:p@ss:w@127.0.0.1:7000/3"))
        #expect(address.place == .host("127.0.0.1", port: 7000))
        #expect(address.database == 3)
        #expect(address.user == "me")
        #expect(address.password == "p@ss:w")
        #expect(address.masked == "redis://me:***@127.0.0.1:7000/3")
        #expect(RedisAddress("redis://secret@[::1]:7000")?.password == "secret")
        #expect(RedisAddress("redis://secret@[::1]:7000")?.place == .host("::1", port: 7000))
        #expect(RedisAddress("redis://secret@[::1]:7000")?.masked == "redis://:***@[::1]:7000/0")
    }

    @Test func `a socket is a path`() throws {
        let address = try #require(RedisAddress("unix:///run/redis.sock?db=2"))
        #expect(address.place == .socket(path: "/run/redis.sock"))
        #expect(address.database == 2)
        #expect(RedisAddress(address.masked) == address)
    }

    @Test(arguments: [
        "", "127.0.0.1:6379", "rediss://x", "redis://", "redis://:6379", "redis://h:0", "redis://h:x",
        "redis://h:70000",
        "redis://h/x", "redis://h/-1", "unix://relative", "unix:///s?db=x", "unix:///s?x=1",
    ])
    func `anything else is none`(text: String) {
        #expect(RedisAddress(text) == nil)
    }
}
