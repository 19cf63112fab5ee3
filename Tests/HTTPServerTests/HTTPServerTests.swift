import Glibc
import HTTPServer
import Loop
import Testing

@Suite struct HTTPServerTests {
    static func get(_ path: String, _ lines: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n"
    }

    static func post(_ path: String, _ body: String, _ lines: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(lines)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    // MARK: Answers

    @Test func `An answer has its length, the date, and keeps the connection`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            for text in ["one", "", "three"] {
                client.send(Self.post("/echo", text))
                let answer = client.readAnswer()
                #expect(answer?.head.hasPrefix("HTTP/1.1 200 OK\r\nx-path: /echo\r\n") == true)
                #expect(answer?.body == text)
                #expect(answer?.field("content-length") == "\(text.utf8.count)")
                #expect(answer?.field("date")?.hasSuffix(" GMT") == true)
                #expect(answer?.field("connection") == nil)
            }
            #expect(await server.openConnections == 1)
        }
    }

    @Test(arguments: [0, 1, 16_384, 16_385, 200_000, 5_000_000])
    func `A body of any size arrives whole`(_ size: Int) async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(Self.get("/size?\(size)") + Self.get("/after"))
            let answer = client.readAnswer()
            #expect(answer?.body.utf8.count == size)
            #expect(answer?.body.utf8.allSatisfy { $0 == 0x61 } == true)
            #expect(client.readAnswer()?.field("x-path") == "/after")
        }
    }

    @Test func `A request body of several reads arrives whole`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            let body = String(repeating: "0123456789", count: 100_000)
            client.send(Self.post("/echo", body))
            #expect(client.readAnswer()?.body == body)
        }
    }

    @Test func `HEAD has the length of what GET would have, and no body`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send("HEAD /size?42 HTTP/1.1\r\nHost: a\r\n\r\n" + Self.get("/after"))
            #expect(client.readAnswer(toHead: true)?.field("content-length") == "42")
            #expect(client.readAnswer()?.field("x-path") == "/after")
        }
    }

    @Test func `204 has neither body nor length`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(Self.get("/nothing") + Self.get("/after"))
            let answer = client.readAnswer()
            #expect(answer?.status == 204)
            #expect(answer?.field("content-length") == nil)
            #expect(client.readAnswer()?.field("x-path") == "/after")
        }
    }

    @Test func `Connection: close is honoured`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(Self.get("/first", "Connection: close\r\n") + Self.get("/second"))
            #expect(client.readAnswer()?.field("connection") == "close")
            #expect(client.readToEnd() == "")
            #expect(await server.served == ["GET /first "])
        }
    }

    @Test func `HTTP/1.0 closes unless asked to stay`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(client.readAnswer()?.field("connection") == "keep-alive")
            client.send("GET /b HTTP/1.0\r\n\r\n")
            #expect(client.readAnswer()?.field("connection") == "close")
            #expect(client.readToEnd() == "")
        }
    }

    // MARK: Order

    @Test func `Pipelined requests are served one at a time, and answered in order`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(Self.post("/wait", "1") + Self.post("/wait", "2") + Self.get("/last"))
            for number in 1...2 {
                #expect(await server.until { $0.waiting == 1 })
                #expect(await server.served.count == number)
                await server.release("answer \(number)")
                #expect(client.readAnswer()?.body == "answer \(number)")
            }
            #expect(client.readAnswer()?.field("x-path") == "/last")
        }
    }

    @Test func `Ten thousand pipelined requests all get their answers`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            for batch in 0..<100 {
                client.send(String(repeating: Self.post("/echo", "\(batch)"), count: 100))
                for _ in 0..<100 { #expect(client.readAnswer()?.body == "\(batch)") }
            }
            #expect(await server.served.count == 10_000)
        }
    }

    @Test func `While an exchange runs, no more than a bounded part of a flood is read; then all of it is`()
        async throws
    {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(Self.get("/wait"))
            #expect(await server.until { $0.waiting == 1 })
            // More than the socket buffers of both sides take: the sender must be held up until the answer.
            let body = String(repeating: "x", count: 1 << 20)
            var timeout = timeval(tv_sec: 0, tv_usec: 200_000)
            setsockopt(client.descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            var isHeldUp = false
            for _ in 0..<64 where !isHeldUp { isHeldUp = !client.send(Self.post("/echo", body)) }
            #expect(isHeldUp)
            await server.release()
            #expect(client.readAnswer()?.body == "released")
            #expect(client.readAnswer()?.body.utf8.count == body.utf8.count)
        }
    }

    @Test func `A client that ends while its answer waits for it, and then breaks off, is let go at once`() async throws
    {
        try await TestServer.run { server in
            let client = RawClient(server.port, receiveBuffer: 4096)
            // More than the kernel takes for a client that does not read.
            let body = String(repeating: "x", count: 1 << 20)
            var timeout = timeval(tv_sec: 0, tv_usec: 200_000)
            setsockopt(client.descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            for _ in 0..<64 where client.send(Self.post("/echo", body)) {}
            #expect(await server.openConnections == 1)
            shutdown(client.descriptor, CInt(SHUT_WR))
            usleep(100_000)
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(client.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
            client.close()
            #expect(await server.until { $0.openConnections == 0 })
        }
    }

    // MARK: Expectations

    @Test func `100-continue is sent when the body is waited for, and only then`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            #expect(client.readAnswer()?.head == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("abc")
            #expect(client.readAnswer()?.body == "abc")
            client.send(Self.post("/echo", "abc", "Expect: 100-Continue\r\n"))
            #expect(client.readAnswer()?.body == "abc")
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
            #expect(client.readAnswer()?.status == 100)
            client.send("3\r\nabc\r\n0\r\n\r\n")
            #expect(client.readAnswer()?.body == "abc")
        }
    }

    @Test(arguments: [
        ("Expect: 200-maybe\r\nContent-Length: 3\r\n", 417),
        ("Expect: 100-continue\r\nContent-Length: 5000000\r\n", 413),
    ])
    func `An expectation that is not met is refused before the body`(_ lines: String, _ status: Int) async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")
            #expect(client.readAnswer()?.status == status)
            #expect(client.readToEnd() == "")
        }
    }

    @Test(arguments: [
        ("POST /a/b?c HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n", "/a/b"),
        ("POST /a/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense", "/a/b"),
        ("BREW /a/b HTTP/1.1\r\nHost: a\r\n\r\n", "unread"), ("nonsense\r\n\r\n", "unread"),
    ])
    func `A refusal knows of the request what was read, and says what its handler adds`(_ sent: String, _ path: String)
        async throws
    {
        try await TestServer.run(limits: .init(body: 9)) { server in
            let client = RawClient(server.port)
            client.send(Self.get("/before") + sent)
            #expect(client.readAnswer()?.status == 200)
            let refusal = client.readAnswer()
            #expect(refusal?.field("x-refused") == path)
            #expect(refusal?.field("content-type") == "application/json")
            #expect(client.readToEnd() == "")
        }
    }

    // MARK: Limits

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\nA: ", "x", "\r\n\r\n"), ("GET /", "x", ""),
        ("GET / HTTP/1.1\r\n", "A: b\r\n", ""),
    ])
    func `A head that is too large is 431`(_ start: String, _ filler: String, _ end: String) async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(start + String(repeating: filler, count: 20_000) + end)
            #expect(client.readAnswer()?.status == 431)
            #expect(client.readToEnd() == "")
            #expect(await server.served == [])
        }
    }

    @Test func `A head of just the limit is served`() async throws {
        let head = "GET / HTTP/1.1\r\nHost: a\r\nA: \r\n\r\n"
        try await TestServer.run(limits: .init(headers: 1000)) { server in
            for (excess, status) in [(0, 200), (1, 431)] {
                let client = RawClient(server.port)
                let filler = String(repeating: "x", count: 1000 + excess - head.utf8.count)
                client.send(head.replacing("A: ", with: "A: " + filler))
                #expect(client.readAnswer()?.status == status)
            }
        }
    }

    @Test func `A body that is announced too large is 413 before it is sent, and one of just the limit is served`()
        async throws
    {
        try await TestServer.run(limits: .init(body: 1000)) { server in
            let client = RawClient(server.port)
            client.send(Self.post("/echo", String(repeating: "x", count: 1000)))
            #expect(client.readAnswer()?.body.utf8.count == 1000)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n")
            #expect(client.readAnswer()?.status == 413)
            #expect(client.readToEnd() == "")
        }
    }

    @Test func `A client that sends its whole oversized body first still receives the 413`() async throws {
        try await TestServer.run(limits: .init(body: 1000)) { server in
            let client = RawClient(server.port)
            #expect(client.send(Self.post("/echo", String(repeating: "x", count: 20_000_000))))
            #expect(client.readAnswer()?.status == 413)
            #expect(client.readToEnd() == "")
        }
    }

    @Test func `A chunked body is 413 as soon as it exceeds the limit`() async throws {
        try await TestServer.run(limits: .init(body: 1000)) { server in
            let client = RawClient(server.port)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("3e8\r\n" + String(repeating: "x", count: 1000) + "\r\n1\r\n")
            #expect(client.readAnswer()?.status == 413)
            #expect(client.readToEnd() == "")
            #expect(await server.served == [])
        }
    }

    @Test func `One connection too many is answered 503; when another has gone there is room again`() async throws {
        try await TestServer.run(limits: .init(connections: 2)) { server in
            let first = RawClient(server.port)
            var second: RawClient? = RawClient(server.port)
            for client in [first, second!] {
                client.send(Self.get("/"))
                #expect(client.readAnswer()?.status == 200)
            }
            let third = RawClient(server.port)
            let answer = third.readAnswer()
            #expect(answer?.status == 503)
            #expect(answer?.body.hasPrefix("{\"refused\":503") == true)
            #expect(third.readToEnd() == "")
            second = nil
            third.close()
            #expect(await server.until { $0.openConnections == 1 })
            let fourth = RawClient(server.port)
            fourth.send(Self.get("/"))
            #expect(fourth.readAnswer()?.status == 200)
            first.send(Self.get("/"))
            #expect(first.readAnswer()?.status == 200)
        }
    }

    // MARK: Time

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHos", 408),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc", 408),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", 408),
    ])
    func `A request that is not complete in time is 408`(_ bytes: String, _ status: Int) async throws {
        let limits = HTTPServer.Limits(headerTime: .milliseconds(50), bodyTime: .milliseconds(50))
        try await TestServer.run(limits: limits) { server in
            let client = RawClient(server.port)
            client.send(bytes)
            #expect(client.readAnswer()?.status == status)
            #expect(client.readToEnd() == "")
            #expect(await server.served == [])
        }
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nA: ", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"])
    func `A client that drips bytes wins no time`(_ start: String) async throws {
        let limits = HTTPServer.Limits(headerTime: .milliseconds(60), bodyTime: .milliseconds(60))
        try await TestServer.run(limits: limits) { server in
            let client = RawClient(server.port)
            client.send(start)
            let end = MonotonicTime.now().advanced(by: .seconds(10))
            while await server.openConnections == 1, MonotonicTime.now() < end {
                guard client.send("x") else { break }
                var waiting = pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&waiting, 1, 5) == 1 { break }
            }
            #expect(client.readAnswer()?.status == 408)
        }
    }

    @Test func `A connection that is idle too long is closed without a word`() async throws {
        try await TestServer.run(limits: .init(idleTime: .milliseconds(50))) { server in
            let silent = RawClient(server.port)
            let client = RawClient(server.port)
            client.send(Self.get("/"))
            #expect(client.readAnswer()?.status == 200)
            #expect(client.readToEnd() == "")
            #expect(silent.readToEnd() == "")
        }
    }

    @Test func `A handler that takes longer than every deadline of the request is waited for`() async throws {
        let short = Duration.milliseconds(20)
        let limits = HTTPServer.Limits(headerTime: short, bodyTime: short, readerStall: short)
        try await TestServer.run(limits: limits) { server in
            let client = RawClient(server.port)
            client.send(Self.get("/wait"))
            #expect(await server.until { $0.waiting == 1 })
            await server.pause(.milliseconds(100))
            await server.release()
            #expect(client.readAnswer()?.body == "released")
        }
    }

    @Test func `A reader that takes nothing is dropped`() async throws {
        try await TestServer.run(limits: .init(readerStall: .milliseconds(50))) { server in
            let client = RawClient(server.port, receiveBuffer: 4096)
            client.send(Self.get("/size?50000000"))
            #expect(await server.until { $0.served.count == 1 && $0.openConnections == 0 })
        }
    }

    // MARK: Leaving

    @Test(arguments: [false, true], [false, true])
    func `A client that leaves while the handler waits is noticed`(reset: Bool, flooding: Bool) async throws {
        try await TestServer.run { server in
            var client: RawClient? = RawClient(server.port)
            client?.send(Self.get("/wait"))
            #expect(await server.until { $0.waiting == 1 })
            // With this much pipelined, reading has stopped.
            if flooding { client?.send(String(repeating: "x", count: 100_000)) }
            #expect(await server.exchangesUnderWay == 1)
            if reset { client?.reset() }
            client = nil
            #expect(await server.until { $0.gone == 1 })
            #expect(await server.openConnections == 0)
            #expect(await server.exchangesUnderWay == 0)
        }
    }

    @Test func `What is answered to a client that has gone goes nowhere`() async throws {
        try await TestServer.run { server in
            var client: RawClient? = RawClient(server.port)
            client?.send(Self.get("/stream"))
            #expect(client?.readAnswer(toHead: true)?.status == 200)
            client = nil
            #expect(await server.until { $0.gone == 1 })
            #expect(await server.write(Array("late".utf8)) == 0)
            await server.finish()
        }
    }

    // MARK: Draining

    @Test func `A draining server closes idle connections, answers the rest with close, and refuses new ones`()
        async throws
    {
        try await TestServer.run { server in
            let idle = RawClient(server.port)
            idle.send(Self.get("/"))
            #expect(idle.readAnswer()?.status == 200)
            let busy = RawClient(server.port)
            busy.send(Self.get("/wait") + Self.get("/after"))
            #expect(await server.until { $0.waiting == 1 })
            await server.drain()
            #expect(idle.readToEnd() == "")
            #expect(!RawClient(server.port).isConnected)
            #expect(await server.exchangesUnderWay == 1)
            await server.release()
            let answer = busy.readAnswer()
            #expect(answer?.body == "released")
            #expect(answer?.field("connection") == "close")
            #expect(busy.readToEnd() == "")
            idle.close()
            busy.close()
            #expect(await server.until { $0.openConnections == 0 && $0.exchangesUnderWay == 0 })
        }
    }

    @Test func `What is queued in the kernel when draining begins is served`() async throws {
        try await TestServer.run { server in
            let kept = RawClient(server.port)
            kept.send(Self.get("/"))
            #expect(kept.readAnswer()?.status == 200)
            let (busy, ready) = (Flag(), Flag())
            async let drained: Void = server.drain(entered: busy, after: ready)
            while !busy.isSet { await Task.yield() }
            let fresh = (0..<5).map { _ in RawClient(server.port) }
            for client in fresh + [kept] { client.send(Self.get("/late")) }
            ready.set()
            await drained
            for client in fresh + [kept] {
                let answer = client.readAnswer()
                #expect(answer?.status == 200)
                #expect(answer?.field("connection") == "close")
            }
        }
    }

    @Test func `Closing drops everything and tells who waits`() async throws {
        try await TestServer.run { server in
            let client = RawClient(server.port)
            client.send(Self.get("/wait"))
            #expect(await server.until { $0.waiting == 1 })
            await server.close()
            #expect(await server.gone == 1)
            #expect(client.readToEnd() == "")
            #expect(await server.openConnections == 0)
        }
    }

    // MARK: Addresses

    @Test func `Two servers share an address only when both say so`() async throws {
        try await TestServer.run { first in
            try await TestServer.run(address: .loopback(port: first.port)) { second in
                #expect(second.port == first.port)
            }
            await #expect(throws: ListenError.self) {
                try await TestServer.run(reusePort: false, address: .loopback(port: first.port)) { _ in }
            }
        }
    }
}
