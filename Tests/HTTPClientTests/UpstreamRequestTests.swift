import HTTPClient
import Loop
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamRequestTests {
    @Test func `any path, method and content, beside calls of models`() async throws {
        let server = ScriptedUpstream { connection in
            while let request = connection.readRequest() {
                connection.answer(request.hasPrefix("DELETE") ? #"{"deleted":true}"# : #"{"ok":true}"#)
            }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url + "/", apiKey: "secret-key"))
        let form = UpstreamRequest(
            .post,
            "/files",
            contentType: "multipart/form-data; boundary=x",
            body: Array("--x--".utf8),
            headers: ["Idempotency-Key: 7"],
            timeouts: .patient
        )
        #expect(await desk.send(form).text == #"{"ok":true}"#)
        #expect(await desk.send(UpstreamRequest(.get, "/files?limit=2&a%5Bb%5D=c", timeouts: .patient)).text != nil)
        #expect(
            await desk.send(UpstreamRequest(.delete, "/files/file-1", timeouts: .patient)).text == #"{"deleted":true}"#
        )
        #expect(await desk.send(UpstreamRequest(.post, "/jobs/1/cancel", timeouts: .patient)).text != nil)
        #expect(await desk.call(#"{"a":1}"#).text == #"{"ok":true}"#)
        var requests: [String] = []
        while requests.count < 5 {
            guard case .request(_, let request)? = await server.next({ if case .request = $0 { true } else { false } })
            else { break }
            requests.append(request)
        }
        try #require(requests.count == 5)
        #expect(requests[0].hasPrefix("POST /v1/files HTTP/1.1\r\n"))
        #expect(requests[0].contains("\r\nContent-Type: multipart/form-data; boundary=x\r\n"))
        #expect(requests[0].contains("\r\nIdempotency-Key: 7\r\n"))
        #expect(requests[0].hasSuffix("\r\n\r\n--x--"))
        #expect(requests[1].hasPrefix("GET /v1/files?limit=2&a%5Bb%5D=c HTTP/1.1\r\n"))
        #expect(requests[2].hasPrefix("DELETE /v1/files/file-1 HTTP/1.1\r\n"))
        #expect(requests[3].hasPrefix("POST /v1/jobs/1/cancel HTTP/1.1\r\n"))
        #expect(requests[4].hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
        for request in requests { #expect(request.contains("\r\nAuthorization: Bearer secret-key\r\n")) }
        for request in requests[1...3] {
            #expect(!request.lowercased().contains("content-type"))
            #expect(request.hasSuffix("\r\n\r\n"))
        }
        for request in requests[1...2] { #expect(!request.lowercased().contains("content-length")) }
        #expect(requests[4].contains("\r\nContent-Type: application/json\r\n"))
        await desk.close()
        server.stop()
    }

    @Test func `a bad status is an answer, nobody there an error`() async throws {
        let server = ScriptedUpstream { connection in
            while connection.readRequest() != nil { connection.answer("no", status: "404 Not Found") }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let reply = try await desk.send(UpstreamRequest(.get, "/models/a", timeouts: .patient)).get()
        #expect(reply.status == 404)
        server.stop()
        try await desk.add(UpstreamEndpoint(baseURL: "http://127.0.0.1:1"), as: "nobody")
        #expect(await desk.send(UpstreamRequest(.get, "/models/a", timeouts: .patient), to: "nobody").kind == .connect)
        await desk.close()
    }
}
