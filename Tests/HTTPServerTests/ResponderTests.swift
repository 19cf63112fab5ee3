import Glibc
import HTTPServer
import Loop
import Testing

@Suite struct ResponderTests {
    @Test func `A stream is chunked, and the connection serves the next request`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await server.until { $0.isStreaming })
            for text in ["one, ", "", "two, ", String(repeating: "three", count: 10_000)] {
                _ = await server.write(Array(text.utf8))
            }
            await server.finish()
            let answer = client.readAnswer()
            #expect(answer?.field("transfer-encoding") == "chunked")
            #expect(answer?.body == "one, two, " + String(repeating: "three", count: 10_000))
            #expect(client.readAnswer()?.field("x-path") == "/after")
        }
    }

    @Test func `To HTTP/1.0 a stream is ended by the connection`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(await server.until { $0.isStreaming })
            _ = await server.write(Array("one, two".utf8))
            await server.finish()
            let text = client.readToEnd()
            #expect(text?.hasSuffix("\r\n\r\none, two") == true)
            #expect(text?.contains("connection: close\r\n") == true)
            #expect(text?.contains("transfer-encoding") == false)
        }
    }

    @Test func `To HEAD a stream is its head only`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await server.until { $0.isStreaming })
            _ = await server.write(Array("one".utf8))
            await server.finish()
            #expect(client.readAnswer(toHead: true)?.status == 200)
            #expect(client.readAnswer()?.field("x-path") == "/after")
        }
    }

    @Test func `An aborted stream ends without its last chunk, after what was written`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send("GET /abort HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(client.readToEnd()?.hasSuffix("\r\n\r\n4\r\nhalf\r\n") == true)
        }
    }

    @Test func `A reset is a reset`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send("GET /reset HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(client.readToEnd() == nil)
            #expect(await server.until { $0.openConnections == 0 && $0.exchangesUnderWay == 0 })
        }
    }

    @Test func `A slow reader fills the buffer, which tells, and drains, which tells too`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port, receiveBuffer: 4096)
            client.send("GET /stream HTTP/1.0\r\n\r\n")
            #expect(await server.until { $0.isStreaming })
            let piece = [UInt8](repeating: 0x61, count: 65536)
            var written = 0
            while written < 1 << 28 {
                written += piece.count
                if await server.write(piece) > 0 { break }
            }
            #expect(await server.drained == 0)
            var received = 0
            while received < written {
                let count = client.receiveSome()
                if count == 0 { break }
                received += count
            }
            #expect(await server.until { $0.drained == 1 })
            await server.finish()
            received += client.readToEnd()?.utf8.count ?? 0
            #expect(received > written)
        }
    }
}
