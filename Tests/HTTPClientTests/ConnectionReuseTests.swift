import HTTPClient
import Loop
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ConnectionReuseTests {
    @Test(arguments: [false, true])
    func `a connection that the upstream closed while it was idle is replaced`(byReset: Bool) async throws {
        let closed = AsyncStream<Void>.makeStream()
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.answer("\(connection.number)")
            guard connection.number < 4 else { return connection.waitForEnd() }
            // Only once the client has the whole answer: a reset would take it away.
            connection.waitForDelivery()
            if byReset { connection.reset() } else { connection.close() }
            closed.continuation.yield()
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        var closings = closed.stream.makeAsyncIterator()
        for number in 1...4 {
            let result = await desk.call()
            #expect(result.text == "\(number)")
            #expect(try result.get().reusedConnection == false)
            if number < 4 { await closings.next() }
        }
        await desk.close()
        server.stop()
    }

    @Test func `a warm connection that dies of the request is replaced once, and the upstream sees the request twice`()
        async throws
    {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.answer("\(connection.number)")
            // The first connection takes the next request and says nothing.
            if connection.number == 1 { _ = connection.readRequest() } else { connection.waitForEnd() }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        #expect(await desk.call("first").text == "1")
        #expect(await desk.call("second").text == "2")
        await desk.close()
        var requests: [ScriptedUpstream.Event] = []
        for await event in server.events {
            if case .request(let number, let text) = event {
                requests.append(.request(number, String(text.split(separator: "\r\n").last ?? "")))
            }
            if requests.count == 3 { break }
        }
        #expect(requests == [.request(1, "first"), .request(1, "second"), .request(2, "second")])
        server.stop()
    }

    @Test func `a fresh connection that dies of the request is not tried again`() async throws {
        let server = ScriptedUpstream { connection in _ = connection.readRequest() }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        #expect(await desk.call().kind == .reset)
        #expect(server.connections == 1)
        await desk.close()
        server.stop()
    }

    @Test func `descriptors that come back for other connections are watched`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.answer("ok", headers: "Connection: close\r\n")
        }
        let stopped = ScriptedUpstream { _ in }
        stopped.stop()
        let desk = Desk()
        // Two addresses for this name: nobody listens on ::1, and its descriptor comes back for 127.0.0.1.
        try await desk.add(
            UpstreamEndpoint(baseURL: "http://localhost:\(server.port)/v1", connectTimeout: .seconds(30))
        )
        try await desk.add(UpstreamEndpoint(baseURL: stopped.url), as: "stopped")
        for _ in 0..<100 {
            #expect(await desk.call().text == "ok")
            #expect(await desk.call(of: "stopped").kind == .connect)
        }
        #expect(server.connections == 100)
        await desk.close()
        server.stop()
    }
}

@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
    @Test func `cancelling the task closes the upstream's connection`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        let desk = Desk()
        let admission = Admission(maxInFlight: 1, queue: 0)
        try await desk.add(UpstreamEndpoint(baseURL: server.url), admission: admission)
        let task = Task { await desk.call() }
        _ = await server.next { if case .request = $0 { true } else { false } }
        #expect(admission.inFlight == 1)
        task.cancel()
        #expect(await task.value.kind == .cancelled)
        #expect(await server.next { $0 == .gone(1) } != nil)
        #expect(admission.inFlight == 0)
        await desk.close()
        server.stop()
    }

    @Test func `a task cancelled before its call asks nobody`() async throws {
        let server = ScriptedUpstream { connection in
            while connection.readRequest() != nil { connection.answer("no") }
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await desk.call()
        }
        #expect(await task.value.kind == .cancelled)
        #expect(server.connections == 0)
        await desk.close()
        server.stop()
    }

    @Test func `closing the client ends every call, queued ones and connecting ones too`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        let desk = Desk()
        let admission = Admission(maxInFlight: 2, queue: 8)
        try await desk.add(UpstreamEndpoint(baseURL: server.url), admission: admission)
        let tasks = (0..<5).map { _ in Task { await desk.call() } }
        for _ in 0..<2 { _ = await server.next { if case .request = $0 { true } else { false } } }
        while admission.queued < 3 { await Task.yield() }
        await desk.closeClient()
        for task in tasks { #expect(await task.value.kind == .cancelled) }
        #expect(admission.inFlight == 0)
        #expect(admission.queued == 0)
        #expect(await desk.call().kind == .cancelled)
        await desk.close()
        server.stop()
    }
}
