import HTTPClient
import Loop
import Testing

@Suite(.timeLimit(.minutes(1)))
struct AdmissionTests {
    @Test func `beyond the limit and its queue a call is busy and the upstream is not asked`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        let desk = Desk()
        let admission = Admission(maxInFlight: 1, queue: 1)
        try await desk.add(UpstreamEndpoint(baseURL: server.url), admission: admission)
        let first = Task { await desk.call() }
        while admission.inFlight < 1 { await Task.yield() }
        let second = Task { await desk.call() }
        while admission.queued < 1 { await Task.yield() }
        #expect(await desk.call().kind == .busy)
        second.cancel()
        #expect(await second.value.kind == .cancelled)
        #expect(admission.queued == 0)
        #expect(admission.inFlight == 1)
        first.cancel()
        #expect(await first.value.kind == .cancelled)
        #expect(server.connections == 1)
        await desk.close()
        server.stop()
    }

    @Test func `a place that one loop gives back goes to the first that waits, on the other loop`() async throws {
        let release = AsyncStream<Void>.makeStream()
        let server = ScriptedUpstream { connection in
            while let request = connection.readRequest() {
                if request.hasSuffix("hold") { release.continuation.yield(); connection.waitForSignal() }
                connection.answer(String(request.suffix(4)))
            }
        }
        let left = Desk("left")
        let right = Desk("right")
        let admission = Admission(maxInFlight: 1, queue: 2)
        try await left.add(UpstreamEndpoint(baseURL: server.url), admission: admission)
        try await right.add(UpstreamEndpoint(baseURL: server.url), admission: admission)
        let first = Task { await left.call("hold") }
        for await _ in release.stream { break }
        let second = Task { await right.call("next") }
        while admission.queued < 1 { await Task.yield() }
        let third = Task { await left.call("last") }
        while admission.queued < 2 { await Task.yield() }
        server.signal()
        #expect(await first.value.text == "hold")
        let reply = try await second.value.get()
        #expect(reply.queued > .zero)
        #expect(await second.value.text == "next")
        #expect(await third.value.text == "last")
        #expect(admission.inFlight == 0)
        await left.close()
        await right.close()
        server.stop()
    }

    @Test func `under load from two loops the limit holds and every call is answered`() async throws {
        let gauge = Gauge()
        let server = ScriptedUpstream { connection in
            while connection.readRequest() != nil {
                gauge.enter()
                gauge.leave()
                connection.answer("ok")
            }
        }
        let admission = Admission(maxInFlight: 3, queue: 1000)
        let desks = [Desk("left"), Desk("right")]
        for desk in desks { try await desk.add(UpstreamEndpoint(baseURL: server.url), admission: admission) }
        await withTaskGroup(of: String?.self) { group in
            for number in 0..<300 {
                let desk = desks[number % 2]
                group.addTask { await desk.call().text }
            }
            for await text in group { #expect(text == "ok") }
        }
        #expect(gauge.most <= 3)
        #expect(admission.inFlight == 0)
        #expect(admission.queued == 0)
        for desk in desks { await desk.close() }
        server.stop()
    }

    @Test func `waiting in the queue longer than total is busy, beyond the deadline it is deadline`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        let desk = Desk()
        let admission = Admission(maxInFlight: 1, queue: 4)
        try await desk.add(UpstreamEndpoint(baseURL: server.url), admission: admission)
        let first = Task { await desk.call() }
        while admission.inFlight < 1 { await Task.yield() }
        let brief = UpstreamTimeouts(firstToken: .zero, betweenTokens: .zero, total: .milliseconds(30))
        #expect(await desk.call(timeouts: brief).kind == .busy)
        #expect(await desk.call(deadline: .milliseconds(30)).kind == .deadline)
        first.cancel()
        _ = await first.value
        await desk.close()
        server.stop()
    }

    @Test func `a raised limit lets waiting calls in`() async throws {
        let server = ScriptedUpstream { connection in
            while connection.readRequest() != nil {
                if connection.number == 1 { connection.waitForEnd() } else { connection.answer("in") }
            }
        }
        let desk = Desk()
        let admission = Admission(maxInFlight: 1, queue: 4)
        try await desk.add(UpstreamEndpoint(baseURL: server.url), admission: admission)
        let first = Task { await desk.call() }
        _ = await server.next { if case .request = $0 { true } else { false } }
        let second = Task { await desk.call() }
        while admission.queued < 1 { await Task.yield() }
        admission.limit(maxInFlight: 2, queue: 4)
        #expect(await second.value.text == "in")
        first.cancel()
        _ = await first.value
        #expect(admission.inFlight == 0)
        await desk.close()
        server.stop()
    }
}
