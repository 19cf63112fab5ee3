import HTTPClient
import Loop
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TLSTests {
    @Test func `an upstream whose authority is in the bundle is trusted, and its connection is reused`() async throws {
        let authority = try Authority()
        let server = try SecureUpstream(authority)
        let desk = Desk()
        try await desk.add(
            UpstreamEndpoint(baseURL: server.url, caFile: authority.bundle, connectTimeout: .seconds(30))
        )
        for number in 0..<3 {
            let result = await desk.call()
            #expect(result.text == "secure")
            #expect(try result.get().reusedConnection == (number > 0))
        }
        await desk.close()
        await server.close()
    }

    @Test func `an upstream of another authority is tls, with and without a bundle`() async throws {
        let authority = try Authority()
        let stranger = try Authority()
        let server = try SecureUpstream(stranger)
        let desk = Desk()
        try await desk.add(
            UpstreamEndpoint(baseURL: server.url, caFile: authority.bundle, connectTimeout: .seconds(30))
        )
        try await desk.add(UpstreamEndpoint(baseURL: server.url, connectTimeout: .seconds(30)), as: "system")
        #expect(await desk.call().kind == .tls)
        #expect(await desk.call(of: "system").kind == .tls)
        await desk.close()
        await server.close()
    }

    @Test func `a certificate for another name is tls`() async throws {
        let authority = try Authority(name: "DNS:elsewhere.example")
        let server = try SecureUpstream(authority)
        let desk = Desk()
        try await desk.add(
            UpstreamEndpoint(baseURL: server.url, caFile: authority.bundle, connectTimeout: .seconds(30))
        )
        #expect(await desk.call().kind == .tls)
        await desk.close()
        await server.close()
    }

    @Test func `a bundle that does not exist is tls`() async throws {
        let authority = try Authority()
        let server = try SecureUpstream(authority)
        let desk = Desk()
        try await desk.add(
            UpstreamEndpoint(baseURL: server.url, caFile: "/no/such/bundle", connectTimeout: .seconds(30))
        )
        #expect(await desk.call().kind == .tls)
        await desk.close()
        await server.close()
    }

    @Test func `an upstream that speaks no TLS is tls`() async throws {
        let server = ScriptedUpstream { connection in connection.send("HTTP/1.1 400 Bad Request\r\n\r\n") }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: "https://127.0.0.1:\(server.port)", connectTimeout: .seconds(30)))
        #expect(await desk.call().kind == .tls)
        await desk.close()
        server.stop()
    }
}
