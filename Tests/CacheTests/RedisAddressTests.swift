import Testing

@testable import Cache

@Suite struct RedisAddressTests {
    @Test func neverShowsThePassword() {
        let host = RedisAddress(place: .tcp(host: "::1", port: 1), user: "user", password: "secret", database: 2)
        #expect("\(host)" == "redis://[::1]:1/2")
        #expect("\(RedisAddress(place: .unix(path: "/run/r"), password: "secret"))" == "unix:///run/r?db=0")
    }
}
