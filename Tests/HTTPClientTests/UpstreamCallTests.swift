import HTTPClient
import Loop
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamCallTests {
    @Test func `a call sends the body once and brings the answer back`() async throws {
        let server = ScriptedUpstream { connection in
            while connection.readRequest() != nil {
                connection.answer(#"{"ok":true}"#, headers: "Retry-After: 7\r\nX-Other: no\r\n")
            }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url + "/", apiKey: "secret-key"))
        let result = await desk.call(#"{"a":1}"#, headers: ["x-forwarded: yes", "x-evil: a\r\nx-injected: b"])
        let reply = try result.get()
        #expect(reply.status == 200)
        #expect(reply.contentType == "application/json")
        #expect(reply.retryAfter == "7")
        #expect(result.text == #"{"ok":true}"#)
        #expect(!reply.reusedConnection)
        #expect(reply.firstByte <= reply.total)
        let event = await server.next { if case .request = $0 { true } else { false } }
        guard case .request(_, let request)? = event else { return }
        #expect(request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
        #expect(request.hasSuffix("\r\n\r\n" + #"{"a":1}"#))
        #expect(request.contains("\r\nAuthorization: Bearer secret-key\r\n"))
        #expect(request.contains("\r\nContent-Type: application/json\r\n"))
        #expect(request.contains("\r\nContent-Length: 7\r\n"))
        #expect(request.contains("\r\nx-forwarded: yes\r\n"))
        #expect(!request.lowercased().contains("expect:"))
        #expect(!request.contains("injected"))
        await desk.close()
        server.stop()
    }

    @Test func `headers of one call are not sent with the next`() async throws {
        let server = ScriptedUpstream { connection in
            while let request = connection.readRequest() {
                connection.answer(request.contains("x-forwarded") ? "with" : "without")
            }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        #expect(await desk.call(headers: ["x-forwarded: yes"]).text == "with")
        #expect(await desk.call().text == "without")
        await desk.close()
        server.stop()
    }

    @Test func `a second call goes over the same connection`() async throws {
        let server = ScriptedUpstream { connection in
            while connection.readRequest() != nil { connection.answer("again") }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        for number in 0..<5 {
            let reply = try await desk.call(number % 2 == 0 ? "{}" : "").get()
            #expect(reply.reusedConnection == (number > 0))
        }
        #expect(server.connections == 1)
        await desk.close()
        server.stop()
    }

    @Test func `a bad status is an answer and not an error`() async throws {
        let server = ScriptedUpstream { connection in
            while connection.readRequest() != nil { connection.answer("slow down", status: "429 Too Many Requests") }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let reply = try await desk.call().get()
        #expect(reply.status == 429)
        await desk.close()
        server.stop()
    }

    @Test func `a redirect is an answer and is not followed`() async throws {
        let elsewhere = ScriptedUpstream { connection in
            while connection.readRequest() != nil { connection.answer("followed") }
        }
        let server = ScriptedUpstream { connection in
            while connection.readRequest() != nil {
                connection.answer("moved", status: "307 Temporary Redirect", headers: "Location: \(elsewhere.url)\r\n")
            }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let reply = try await desk.call().get()
        #expect(reply.status == 307)
        #expect(elsewhere.connections == 0)
        await desk.close()
        server.stop()
        elsewhere.stop()
    }

    @Test func `interim answers are passed over`() async throws {
        let server = ScriptedUpstream { connection in
            while connection.readRequest() != nil {
                connection.send("HTTP/1.1 103 Early Hints\r\nretry-after: 9\r\n\r\n")
                connection.answer("final")
            }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let result = await desk.call()
        #expect(result.text == "final")
        #expect(try result.get().retryAfter == nil)
        await desk.close()
        server.stop()
    }

    @Test func `bodies larger than a socket's buffers arrive whole in both directions`() async throws {
        let large = String(repeating: "0123456789abcdef", count: 60_000)
        let server = ScriptedUpstream { connection in
            while let request = connection.readRequest() { connection.answer(String(request.suffix(large.utf8.count))) }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        #expect(await desk.call(large).text == large)
        await desk.close()
        server.stop()
    }

    @Test func `calls under way at once each get their own answer`() async throws {
        let server = ScriptedUpstream { connection in
            while let request = connection.readRequest() { connection.answer(String(request.suffix(8))) }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url), admission: Admission(maxInFlight: 64, queue: 200))
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let text = String(10_000_000 + number)
                    return await desk.call(text).text == text
                }
            }
            for await right in group { #expect(right) }
        }
        #expect(server.connections <= 64)
        await desk.close()
        server.stop()
    }
}
