import Testing

@testable import Settings

@Suite struct ListenAddressTests {
    @Test(
        arguments: [
            ("127.0.0.1:8080", "127.0.0.1", 8080, true), ("[::1]:0", "::1", 0, true),
            ("localhost:1", "localhost", 1, true),
            ("0.0.0.0:80", "0.0.0.0", 80, false), (":8080", "", 8080, false), ("[::]:443", "::", 443, false),
            ("127.8.9.10:65535", "127.8.9.10", 65535, true), ("10.0.0.1:80", "10.0.0.1", 80, false),
        ] as [(String, String, UInt16, Bool)]
    )
    func `an address is a host and a port`(text: String, host: String, port: UInt16, loopback: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isLoopback == loopback)
        #expect(address.text == text)
    }

    @Test(arguments: [
        "", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "256.0.0.1:80",
        "127.0.0:80", "example.com:80", "::1:80", "[localhost]:80", "127.0.0.1:80x", "127.1.evil.com:80",
    ])
    func `anything else is none`(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
