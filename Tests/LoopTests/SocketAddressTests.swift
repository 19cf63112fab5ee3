import Loop
import Testing

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1:8080", true), ("localhost:1", "127.0.0.1:1", true),
        ("0.0.0.0:80", "0.0.0.0:80", false), (":8080", "0.0.0.0:8080", false), ("[::1]:0", "[::1]:0", true),
        ("[::]:80", "[::]:80", false), ("[2001:db8::1]:443", "[2001:db8::1]:443", false),
        ("127.9.9.9:1", "127.9.9.9:1", true), ("128.0.0.1:1", "128.0.0.1:1", false),
        ("[::ffff:127.0.0.1]:5", "[::ffff:127.0.0.1]:5", true), ("[::ffff:1.2.3.4]:5", "[::ffff:1.2.3.4]:5", false),
    ])
    func `Addresses are read, written and known as loopback`(_ text: String, _ written: String, _ isLoopback: Bool)
        throws
    {
        let address = try SocketAddress(text)
        #expect(address.description == written)
        #expect(address.isLoopback == isLoopback)
    }

    @Test(arguments: [
        "", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:+1", "127.0.0.1:65536", "::1:80", "a:1",
    ])
    func `Nonsense is no address`(_ text: String) {
        let error = #expect(throws: InvalidSocketAddress.self) { try SocketAddress(text) }
        #expect(error?.description.hasPrefix("\"\(text)\" is no address") == true)
    }
}
