import Testing

@testable import Simulation

/// Clients that leave or do not read, on streams that do not end by themselves.
@Suite struct StreamCancelTests {
    private func endless(perToken: Duration = .zero) -> ModelScript {
        var model = ModelScript(says: "one two three", faults: [ScriptedFault(.stream(.endless))])
        model.perToken = perToken
        return model
    }

    @Test("a client that leaves a stream is counted, with the tokens it was sent", arguments: StreamTests.dialects)
    func leaves(dialect: Dialect) async throws {
        let simulator = try await Simulator.start(script: Script(models: ["m": endless(perToken: .milliseconds(1))]))
        do {
            let client = try RawClient(port: simulator.port)
            let (path, body) = StreamTests.asking(dialect)
            client.send("POST", path, body)
            let reply = try client.receive { ReceivedStream($0).objects.count >= 12 }
            // One token follows another, the first behind the last.
            #expect(ReceivedStream(reply).text().hasPrefix("one two threeone two threeone two three"))
            #expect(simulator.calls["m"].inFlight == 1 && simulator.calls["m"].tokens >= 11)
        }
        #expect(await simulator.wait { $0["m"].cancelled == 1 })
        let calls = simulator.calls["m"]
        #expect(calls.inFlight == 0 && calls.answered == 0 && calls.streamed == 1)
        #expect(calls.cancelledTokens >= 11 && calls.cancelledTokens == calls.tokens)
        await simulator.stop()
    }

    @Test("an endless stream stops where its reader does not read, and goes on when it does")
    func backPressure() async throws {
        let simulator = try await Simulator.start(
            script: Script(models: ["m": endless(), "n": ModelScript(says: "n")])
        )
        do {
            let client = try RawClient(port: simulator.port)
            let (path, body) = StreamTests.asking(.completions)
            client.send("POST", path, body)
            // A stream without a pace goes as fast as the kernel takes it, until nothing moves while a neighbour is
            // served twenty times.
            var before = -1
            for _ in 0..<500 where simulator.calls["m"].tokens != before {
                before = simulator.calls["m"].tokens
                for _ in 0..<20 {
                    let other = try RawClient(port: simulator.port)
                    #expect(try other.exchange("POST", path, #"{"model":"n","prompt":"x"}"#).status == 200)
                }
            }
            let stopped = before
            #expect(stopped > 1000 && simulator.calls["m"].tokens == stopped)
            try client.receive(atLeast: 8 << 20)
            #expect(await simulator.wait { $0["m"].tokens > stopped })
        }
        #expect(await simulator.wait { $0["m"].cancelled == 1 })
        await simulator.stop()
    }

    @Test("streams beside one another are counted each")
    func many() async throws {
        var model = ModelScript(says: "a b c d")
        model.perToken = .milliseconds(1)
        let simulator = try await Simulator.start(script: Script(models: ["m": model]))
        let (path, body) = StreamTests.asking(.chat)
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 {
                group.addTask { try RawClient.stream(simulator.port, path, body).stream.text() }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(texts == Array(repeating: "a b c d", count: 16))
        #expect(simulator.calls["m"] == .init(calls: 16, answered: 16, streamed: 16, tokens: 64))
        await simulator.stop()
    }
}
