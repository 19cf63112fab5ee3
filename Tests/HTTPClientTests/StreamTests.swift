import Glibc
import HTTPClient
import Loop
import Testing

/// Writes down what a stream brings, and does what the test says when bytes come.
private final class Recorder: StreamReceiver {
    enum Event: Sendable {
        case head(Int)
        case bytes(String)
        case ended(UpstreamError.Kind?)
    }

    let sink: AsyncStream<Event>.Continuation
    var stream: UpstreamStream?
    var onBytes: (Recorder) -> Void = { _ in }

    init(_ sink: AsyncStream<Event>.Continuation) {
        self.sink = sink
    }

    func received(head: UpstreamHead) {
        sink.yield(.head(head.status))
    }

    func received(bytes: UnsafeRawBufferPointer) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        sink.yield(.bytes(text))
        onBytes(self)
        return text != "..."
    }

    func receivedAll() {}

    func ended(_ result: Result<UpstreamEnd, UpstreamError>) {
        if case .failure(let error) = result { sink.yield(.ended(error.kind)) } else { sink.yield(.ended(nil)) }
        sink.finish()
    }
}

@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    private func start(
        _ desk: Desk,
        timeouts: UpstreamTimeouts = .patient,
        deadline: Duration? = nil,
        onBytes: @escaping @Sendable (UpstreamStream) -> Void = { _ in }
    ) async -> AsyncStream<Recorder.Event> {
        let (events, sink) = AsyncStream<Recorder.Event>.makeStream()
        await desk.with { upstream in
            let recorder = Recorder(sink)
            recorder.onBytes = { onBytes($0.stream!) }
            recorder.stream = upstream.stream(
                UpstreamCall(
                    path: "/chat/completions",
                    body: Array("{}".utf8),
                    isStream: true,
                    timeouts: timeouts,
                    deadline: deadline.map { MonotonicTime.now().advanced(by: $0) }
                ),
                into: recorder
            )
        }
        return events
    }

    private func gather(_ events: AsyncStream<Recorder.Event>) async -> (
        head: Int?, text: String, kind: UpstreamError.Kind?
    ) {
        var (head, text, kind): (Int?, String, UpstreamError.Kind?) = (nil, "", nil)
        for await event in events {
            switch event {
            case .head(let status): head = status
            case .bytes(let bytes): text += bytes
            case .ended(let reason): kind = reason
            }
        }
        return (head, text, kind)
    }

    private static let streamHead =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

    @Test func `a stream brings its head, its bytes and its end in order`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.send(Self.streamHead)
            for word in ["one", "two", "ten"] { connection.send("3\r\n\(word)\r\n") }
            connection.send("0\r\n\r\n")
            connection.waitForEnd()
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let all = await gather(await start(desk))
        #expect(all.head == 200)
        #expect(all.text == "onetwoten")
        #expect(all.kind == nil)
        await desk.close()
        server.stop()
    }

    @Test func `a stream that sends no byte of its body is first token`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.send(Self.streamHead)
            connection.waitForEnd()
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let timeouts = UpstreamTimeouts(firstToken: .milliseconds(50), betweenTokens: .zero, total: .seconds(60))
        #expect(await gather(await start(desk, timeouts: timeouts)).kind == .firstToken)
        await desk.close()
        server.stop()
    }

    /// Sends what says something so often, then what does not every 50 ms.
    private func mutterer(after words: Int) -> ScriptedUpstream {
        ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.send(Self.streamHead + String(repeating: "3\r\none\r\n", count: words))
            for _ in 0..<200 {
                usleep(50_000)
                connection.send("3\r\n...\r\n")
            }
        }
    }

    @Test func `bytes that say nothing are no first token`() async throws {
        let server = mutterer(after: 0)
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let timeouts = UpstreamTimeouts(firstToken: .milliseconds(300), betweenTokens: .zero, total: .seconds(60))
        let all = await gather(await start(desk, timeouts: timeouts))
        #expect(all.kind == .firstToken)
        #expect(all.text.hasPrefix("..."))
        await desk.close()
        server.stop()
    }

    @Test func `bytes that say nothing do not end the silence between tokens`() async throws {
        let server = mutterer(after: 1)
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let timeouts = UpstreamTimeouts(
            firstToken: .seconds(60),
            betweenTokens: .milliseconds(300),
            total: .seconds(60)
        )
        let all = await gather(await start(desk, timeouts: timeouts))
        #expect(all.kind == .betweenTokens)
        #expect(all.text.hasPrefix("one..."))
        await desk.close()
        server.stop()
    }

    @Test func `a stream whose deadline was lifted falls silent between tokens`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.send(Self.streamHead + "3\r\none\r\n")
            connection.waitForEnd()
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let timeouts = UpstreamTimeouts(
            firstToken: .seconds(60),
            betweenTokens: .milliseconds(300),
            total: .seconds(60)
        )
        let stream = await start(desk, timeouts: timeouts, deadline: .milliseconds(200)) { $0.liftDeadline() }
        let all = await gather(stream)
        #expect(all.kind == .betweenTokens)
        #expect(all.text == "one")
        await desk.close()
        server.stop()
    }

    @Test func `a stream that has not ended by its deadline is deadline`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.send(Self.streamHead + "3\r\none\r\n")
            connection.waitForEnd()
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let all = await gather(await start(desk, deadline: .seconds(2)))
        #expect(all.kind == .deadline)
        #expect(all.text == "one")
        await desk.close()
        server.stop()
    }

    @Test func `a stream without an answer until the deadline is deadline`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        #expect(await gather(await start(desk, deadline: .milliseconds(50))).kind == .deadline)
        await desk.close()
        server.stop()
    }

    @Test func `cancelling inside the receiver ends the stream and closes the connection`() async throws {
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.send(Self.streamHead + "3\r\none\r\n")
            connection.waitForEnd()
        }
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let all = await gather(await start(desk) { $0.cancel() })
        #expect(all.text == "one")
        #expect(all.kind == .cancelled)
        #expect(await server.next { $0 == .gone(1) } != nil)
        await desk.close()
        server.stop()
    }

    @Test func `a stream paused at every piece and resumed later brings everything once`() async throws {
        let pieces = (0..<200).map { "piece \($0); " }
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.send(Self.streamHead)
            // All at once, so that curl holds bytes back when it is paused inside one read.
            connection.send(pieces.map { String($0.utf8.count, radix: 16) + "\r\n\($0)\r\n" }.joined())
            connection.send("0\r\n\r\n")
            connection.waitForEnd()
        }
        let desk = Desk()
        let loop = desk.loop
        try await desk.add(UpstreamEndpoint(baseURL: server.url))
        let all = await gather(
            await start(desk) { stream in
                stream.pause()
                // Both run on the loop.
                nonisolated(unsafe) let stream = stream
                loop.post { loop.post { stream.resume() } }
            }
        )
        #expect(all.text == pieces.joined())
        #expect(all.kind == nil)
        await desk.close()
        server.stop()
    }

    @Test func `while a stream is paused its silence is not held against it, and the upstream feels it`() async throws {
        let megabytes = 24
        let sent = Lock(0)
        let sentWhilePaused = Lock(0)
        let server = ScriptedUpstream { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: \(megabytes << 20)\r\n\r\n")
            let chunk = String(repeating: "x", count: 1 << 20)
            for _ in 0..<megabytes {
                connection.send(chunk)
                sent.withLock { $0 += 1 }
            }
            connection.waitForEnd()
        }
        let desk = Desk()
        let loop = desk.loop
        try await desk.add(UpstreamEndpoint(baseURL: server.url, maxAnswer: 64 << 20))
        let timeouts = UpstreamTimeouts(firstToken: .seconds(60), betweenTokens: .seconds(2), total: .seconds(60))
        let isFirst = Lock(true)
        let events = await start(desk, timeouts: timeouts) { stream in
            let pauses = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            guard pauses else { return }
            stream.pause()
            // Longer than between_tokens allows a stream that is not paused. It is used on the loop alone.
            nonisolated(unsafe) let stream = stream
            spawn {
                usleep(2_500_000)
                sentWhilePaused.withLock { $0 = sent.withLock { $0 } }
                loop.post { stream.resume() }
            }
        }
        let all = await gather(events)
        #expect(all.kind == nil)
        #expect(all.text.utf8.count == megabytes << 20)
        #expect(sentWhilePaused.withLock { $0 } < megabytes)
        await desk.close()
        server.stop()
    }
}
