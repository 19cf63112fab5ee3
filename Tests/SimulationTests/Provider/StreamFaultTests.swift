import JSON
import Testing

@testable import Simulation

/// Every way in which a stream can go wrong, over real connections.
@Suite struct StreamFaultTests {
    typealias Received = (reply: RawClient.Reply, stream: ReceivedStream, calls: Calls.Model)

    /// What a client has got when the answer is whole or its connection has ended.
    private func stream(_ fault: FaultKind, _ dialect: Dialect) async throws -> Received {
        let model = ModelScript(says: "one two three", faults: [ScriptedFault(fault)])
        return try await StreamTests.stream(model, dialect)
    }

    /// Events before the first token.
    private func roles(_ dialect: Dialect) -> Int { dialect == .chat ? 1 : 0 }

    @Test("a reset comes right after so many events", arguments: StreamTests.dialects)
    func reset(dialect: Dialect) async throws {
        let (reply, stream, calls) = try await stream(.stream(.reset(after: 2)), dialect)
        #expect(reply.wasReset && !stream.isWhole)
        #expect(stream.events.count == 2 && stream.remainder.isEmpty)
        #expect(calls == .init(calls: 1, answered: 1, faulty: 1, streamed: 1, tokens: 2 - roles(dialect)))
    }

    @Test("a closed connection leaves the body without its last chunk", arguments: StreamTests.dialects)
    func close(dialect: Dialect) async throws {
        let (reply, stream, _) = try await stream(.stream(.close(after: 3)), dialect)
        #expect(reply.ended && !reply.wasReset && !stream.isWhole)
        #expect(stream.events.count == 3)
    }

    @Test("a proper end in the middle has neither finish reason nor [DONE]", arguments: StreamTests.dialects)
    func end(dialect: Dialect) async throws {
        let (reply, stream, _) = try await stream(.stream(.end(after: 2)), dialect)
        #expect(stream.isWhole && !reply.ended)
        #expect(stream.events.count == 2 && stream.events.last != "[DONE]")
        #expect(stream.objects.allSatisfy { $0["choices"]?[0]?["finish_reason"]?.isNull == true })
    }

    @Test("no [DONE]: all events, and then nothing", arguments: StreamTests.dialects)
    func noDone(dialect: Dialect) async throws {
        let stream = try await stream(.stream(.noDone), dialect).stream
        #expect(stream.isWhole && stream.text() == "one two three")
        #expect(stream.objects.last?["choices"]?[0]?["finish_reason"]?.string == "stop")
        #expect(stream.events.count == stream.objects.count)
    }

    @Test("an error object follows so many events, and ends the stream", arguments: StreamTests.dialects)
    func error(dialect: Dialect) async throws {
        let stream = try await stream(.stream(.error(after: 2, message: "overloaded, sorry")), dialect).stream
        #expect(stream.isWhole && stream.events.count == 3 && stream.objects.count == 3)
        #expect(stream.objects[2]["error"]?["message"]?.string == "overloaded, sorry")
        #expect(stream.objects[2]["error"]?["type"]?.string == "server_error")
    }

    @Test("an event's JSON breaks off, and the stream goes on", arguments: StreamTests.dialects)
    func malformed(dialect: Dialect) async throws {
        let stream = try await stream(.stream(.malformed(after: 1)), dialect).stream
        #expect(stream.isWhole && stream.events.last == "[DONE]")
        #expect(throws: (any Error).self) { try JSONTree.parse(stream.events[1].utf8) }
        // [DONE] is an array of nothing JSON knows.
        #expect(stream.objects.count == stream.events.count - 2)
    }

    @Test("a stall sends so many events, and the others later", arguments: StreamTests.dialects)
    func stall(dialect: Dialect) async throws {
        let stream = try await stream(.stream(.stall(after: 2, for: .milliseconds(5))), dialect).stream
        #expect(stream.isWhole && stream.text() == "one two three")
    }

    @Test("a stall for good is ended by the client", arguments: StreamTests.dialects)
    func stallForGood(dialect: Dialect) async throws {
        let fault = ScriptedFault(.stream(.stall(after: 2)))
        let simulator = try await Simulator.start(
            script: Script(models: ["m": ModelScript(says: "one two three", faults: [fault])])
        )
        do {
            let client = try RawClient(port: simulator.port)
            let (path, body) = StreamTests.asking(dialect)
            client.send("POST", path, body)
            _ = try client.receive { ReceivedStream($0).events.count == 2 }
            #expect(simulator.calls["m"].inFlight == 1)
        }
        #expect(await simulator.wait { $0["m"].cancelled == 1 })
        #expect(simulator.calls["m"].cancelledTokens == 2 - roles(dialect))
        await simulator.stop()
    }

    @Test("comments for ever are ended by the client", arguments: StreamTests.dialects)
    func comments(dialect: Dialect) async throws {
        let fault = ScriptedFault(.stream(.comments(after: 2)))
        let simulator = try await Simulator.start(
            script: Script(models: ["m": ModelScript(says: "one two three", faults: [fault])])
        )
        do {
            let client = try RawClient(port: simulator.port)
            let (path, body) = StreamTests.asking(dialect)
            client.send("POST", path, body)
            let stream = ReceivedStream(try client.receive { ReceivedStream($0).comments.count == 3 })
            #expect(stream.events.count == 2)
        }
        #expect(await simulator.wait { $0["m"].cancelled == 1 })
        await simulator.stop()
    }

    @Test("faults that count bytes of the body cut events", arguments: StreamTests.dialects)
    func bytes(dialect: Dialect) async throws {
        let cut = try await stream(.resetInside(after: 300), dialect)
        #expect(cut.reply.ended && !cut.stream.isWhole)
        #expect(cut.stream.chunks.reduce(0) { $0 + $1.count } == 300)
        #expect(!cut.stream.remainder.isEmpty)
        let stalled = try await stream(.stall(after: 300, for: .milliseconds(1)), dialect).stream
        #expect(stalled.isWhole && stalled.text() == "one two three")
        // The event that was cut came in two chunks, the others in one each.
        #expect(stalled.chunks.count == stalled.events.count + 1)
    }

    @Test("a reset before the answer, and a close after it", arguments: StreamTests.dialects)
    func connection(dialect: Dialect) async throws {
        let before = try await stream(.resetBefore, dialect).reply
        #expect(before.wasReset && before.text.isEmpty)

        let model = ModelScript(says: "one", faults: [ScriptedFault(.closeAfter)])
        let simulator = try await Simulator.start(script: Script(models: ["m": model]))
        let client = try RawClient(port: simulator.port)
        let (path, body) = StreamTests.asking(dialect)
        client.send("POST", path, body)
        let reply = try client.receive { _ in false }
        #expect(reply.ended && ReceivedStream(reply).isWhole && !reply.head.contains("connection: close"))
        await simulator.stop()
    }

    @Test("errors and bodies in place of an answer are no streams", arguments: StreamTests.dialects)
    func whole(dialect: Dialect) async throws {
        let refused = try await stream(.status(429, retryAfter: "3"), dialect)
        #expect(refused.reply.status == 429 && refused.reply.head.contains("content-type: application/json"))
        #expect(try JSONTree.parse(refused.reply.body.utf8)["error"]?["type"]?.string == "requests")
        #expect(refused.calls.streamed == 0)
        #expect(try await stream(.body("{}"), dialect).reply.body == "{}")
        let broken = try await stream(.malformed, dialect).reply
        #expect(broken.status == 200 && broken.body.hasPrefix(#"{"id":"#))
        #expect(throws: (any Error).self) { try JSONTree.parse(broken.body.utf8) }
    }

    @Test("a content type, padding, and log-probability defects hold for streams too", arguments: StreamTests.dialects)
    func parts(dialect: Dialect) async throws {
        #expect(try await stream(.contentType("text/plain"), dialect).reply.head.contains("content-type: text/plain"))
        #expect(try await stream(.oversized(5000), dialect).stream.text().utf8.count == 5013)
        let model = ModelScript(says: "one two", faults: [ScriptedFault(.logprobs(.missing))])
        let more = dialect == .chat ? #","logprobs":true"# : #","logprobs":1"#
        let objects = try await StreamTests.stream(model, dialect, more).stream.objects
        #expect(!objects.isEmpty && objects.allSatisfy { $0["choices"]?[0]?["logprobs"] == nil })
    }

    @Test("faults of streams leave whole answers alone")
    func notStreamed() async throws {
        let faults = [ScriptedFault(.stream(.reset(after: 0))), ScriptedFault(.stream(.endless))]
        let simulator = try await Simulator.start(
            script: Script(models: ["m": ModelScript(says: "yes", faults: faults)])
        )
        let reply = try RawClient(port: simulator.port)
            .exchange("POST", "/v1/completions", #"{"model":"m","prompt":"x"}"#)
        #expect(try JSONTree.parse(reply.body.utf8)["choices"]?[0]?["text"]?.string == "yes")
        #expect(simulator.calls["m"] == .init(calls: 1, answered: 1))
        await simulator.stop()
    }
}
