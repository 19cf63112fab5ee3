import JSON
import Testing

@testable import Simulation

@Suite struct SimulatorTests {
    private static let chat = "/v1/chat/completions"

    private func asking(_ model: String, _ text: String = "hi") -> String {
        #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(text)"}]}"#
    }

    /// Runs `body` against a simulator with these models, and stops it whatever happens.
    private func simulate(
        _ models: [String: ModelScript],
        apiKeys: [String] = [],
        _ body: (Simulator) async throws -> Void
    ) async throws {
        let simulator = try await Simulator.start(script: Script(apiKeys: apiKeys, models: models))
        do {
            try await body(simulator)
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    private func faulty(_ kind: FaultKind) -> [String: ModelScript] {
        ["m": ModelScript(says: "one two three", faults: [ScriptedFault(kind)])]
    }

    @Test("answers both dialects on one connection, and lists its models")
    func serves() async throws {
        try await simulate(["m": ModelScript(says: "yes")]) { simulator in
            let client = try RawClient(port: simulator.port)
            let chat = try client.exchange("POST", Self.chat, asking("m"))
            #expect(chat.status == 200)
            let tree = try JSONTree.parse(chat.body.utf8)
            #expect(tree["choices"]?[0]?["message"]?["content"]?.string == "yes")
            let legacy = try client.exchange("POST", "/v1/completions", #"{"model":"m","prompt":"hi"}"#)
            #expect(try JSONTree.parse(legacy.body.utf8)["choices"]?[0]?["text"]?.string == "yes")
            let models = try JSONTree.parse(try client.exchange("GET", "/v1/models").body.utf8)
            let names = models["data"]?.array?.compactMap { $0["id"]?.string } ?? []
            #expect(names.contains("m") && names == names.sorted())
            #expect(try client.exchange("GET", "/health").body == #"{"status":"ok"}"#)
            #expect(simulator.calls["m"] == .init(calls: 2, answered: 2))
        }
    }

    @Test("refuses a wrong key, an unknown model, a wrong method and an unknown path")
    func refuses() async throws {
        try await simulate(["m": ModelScript(says: "yes")], apiKeys: ["right"]) { simulator in
            let client = try RawClient(port: simulator.port)
            #expect(try client.exchange("POST", Self.chat, asking("m")).status == 401)
            #expect(
                try client.exchange("POST", Self.chat, asking("m"), headers: "authorization: Bearer wrong\r\n").status
                    == 401
            )
            let right = "authorization: Bearer right\r\n"
            #expect(try client.exchange("POST", Self.chat, asking("m"), headers: right).status == 200)
            let unknown = try client.exchange("POST", Self.chat, asking("other"), headers: right)
            #expect(unknown.status == 404)
            #expect(try JSONTree.parse(unknown.body.utf8)["error"]?["code"]?.string == "model_not_found")
            #expect(try client.exchange("GET", Self.chat).status == 405)
            #expect(try client.exchange("GET", "/v2").status == 404)
            #expect(simulator.calls.total == 1)
            #expect(simulator.calls.refused == 3)
        }
    }

    @Test("remembers what it was sent, byte for byte")
    func remembers() async throws {
        try await simulate(["m": ModelScript(says: "yes")]) { simulator in
            let body = #"{"model":"m","seed":1.50e3,"messages":[{"role":"user","content":"é"}]}"#
            _ = try RawClient(port: simulator.port).exchange("POST", Self.chat, body, headers: "X-Mine: 1\r\n")
            let call = try #require(simulator.requests(to: "m").first)
            #expect(call.body == Array(body.utf8))
            #expect(call.path == Self.chat)
            #expect(call.headers.contains { $0.name == "x-mine" && $0.value == "1" })
            #expect(simulator.requests(to: "n").isEmpty)
            simulator.clearCalls()
            #expect(simulator.requests().isEmpty)
            #expect(simulator.calls == Calls())
        }
    }

    @Test("a held answer comes when it is released")
    func holds() async throws {
        try await simulate(faulty(.hold)) { simulator in
            let client = try RawClient(port: simulator.port)
            client.send("POST", Self.chat, asking("m"))
            #expect(await simulator.wait { $0["m"].inFlight == 1 })
            #expect(simulator.calls["m"].answered == 0)
            #expect(await simulator.release() == 1)
            #expect(try client.receive().status == 200)
            #expect(simulator.calls["m"] == .init(calls: 1, answered: 1, faulty: 1))
            #expect(await simulator.release() == 0)
        }
    }

    @Test("a client that leaves before its answer is counted as cancelled")
    func cancelled() async throws {
        try await simulate(faulty(.hold)) { simulator in
            do {
                let client = try RawClient(port: simulator.port)
                client.send("POST", Self.chat, asking("m"))
                #expect(await simulator.wait { $0["m"].inFlight == 1 })
            }
            #expect(await simulator.wait { $0["m"].cancelled == 1 })
            #expect(simulator.calls["m"] == .init(calls: 1, cancelled: 1, faulty: 1))
        }
    }

    @Test("waiting for what does not happen ends, and says no")
    func waitsNoLonger() async throws {
        try await simulate([:]) { simulator in
            #expect(await simulator.wait(within: .milliseconds(20)) { $0.total == 1 } == false)
        }
    }

    @Test("a reset before the answer sends nothing")
    func resetBefore() async throws {
        try await simulate(faulty(.resetBefore)) { simulator in
            let reply = try RawClient(port: simulator.port).exchange("POST", Self.chat, asking("m"))
            #expect(reply.wasReset && reply.text.isEmpty)
        }
    }

    @Test("a reset inside the body sends so many bytes and no end")
    func resetInside() async throws {
        try await simulate(faulty(.resetInside(after: 7))) { simulator in
            let reply = try RawClient(port: simulator.port).exchange("POST", Self.chat, asking("m"))
            #expect(reply.ended && reply.status == 200)
            #expect(reply.body == "7\r\n{\"id\":\"\r\n")
        }
    }

    @Test("a stall sends so many bytes, and the rest later")
    func stall() async throws {
        try await simulate(faulty(.stall(after: 7, for: .milliseconds(5)))) { simulator in
            let reply = try RawClient(port: simulator.port).exchange("POST", Self.chat, asking("m"))
            #expect(reply.body.hasPrefix("7\r\n{\"id\":\"\r\n"))
            #expect(reply.body.hasSuffix("}\r\n0\r\n\r\n"))
        }
    }

    @Test("a stall for good sends so many bytes, and is cancelled by the client")
    func stallForGood() async throws {
        try await simulate(faulty(.stall(after: 0, for: nil))) { simulator in
            do {
                let client = try RawClient(port: simulator.port)
                client.send("POST", Self.chat, asking("m"))
                let reply = try client.receive { $0.text.hasSuffix("\r\n\r\n") }
                #expect(reply.status == 200 && reply.body.isEmpty)
            }
            #expect(await simulator.wait { $0["m"].cancelled == 1 })
        }
    }

    @Test("a connection that is closed after the answer was not announced to be")
    func closeAfter() async throws {
        try await simulate(faulty(.closeAfter)) { simulator in
            let client = try RawClient(port: simulator.port)
            client.send("POST", Self.chat, asking("m"))
            let reply = try client.receive { _ in false }
            #expect(reply.ended && reply.status == 200 && RawClient.isWhole(reply))
            #expect(!reply.head.contains("connection: close"))
        }
    }

    @Test("error status, content type and retry-after arrive as scripted")
    func heads() async throws {
        let faults = [
            ScriptedFault(.status(429, retryAfter: "2"), FaultTrigger(every: 2)),
            ScriptedFault(.contentType("text/html")),
        ]
        try await simulate(["m": ModelScript(says: "yes", faults: faults)]) { simulator in
            let client = try RawClient(port: simulator.port)
            let first = try client.exchange("POST", Self.chat, asking("m"))
            #expect(first.status == 200 && first.head.contains("content-type: text/html"))
            let second = try client.exchange("POST", Self.chat, asking("m"))
            #expect(second.status == 429 && second.head.contains("retry-after: 2"))
        }
    }

    @Test("a script sent over HTTP changes one model from the next call on, and a bad one changes nothing")
    func rescripted() async throws {
        try await simulate(["m": ModelScript(says: "old"), "n": ModelScript(says: "n")]) { simulator in
            let client = try RawClient(port: simulator.port)
            let bad = try client.exchange("POST", "/sim/script", #"{"models":{"m":{"latency":1}}}"#)
            #expect(bad.status == 400 && bad.body.contains("models.m: unknown key"))
            #expect(try client.exchange("POST", Self.chat, asking("m")).body.contains("old"))
            let good = try client.exchange("POST", "/sim/script", #"{"models":{"m":{"answers":[{"text":"new"}]}}}"#)
            #expect(good.body == #"{"models":["m","n"]}"#)
            #expect(try client.exchange("POST", Self.chat, asking("m")).body.contains("new"))
        }
    }

    @Test("counters are read and cleared over HTTP")
    func counters() async throws {
        try await simulate(["m": ModelScript(says: "yes")]) { simulator in
            let client = try RawClient(port: simulator.port)
            _ = try client.exchange("POST", Self.chat, asking("m"))
            var tree = try JSONTree.parse(try client.exchange("GET", "/sim/calls").body.utf8)
            #expect(tree["models"]?["m"]?["answered"]?.int == 1)
            tree = try JSONTree.parse(try client.exchange("GET", "/sim/requests").body.utf8)
            #expect(tree["data"]?[0]?["body"]?.string == asking("m"))
            tree = try JSONTree.parse(try client.exchange("DELETE", "/sim/calls").body.utf8)
            #expect(tree["total"]?.int == 0)
        }
    }

    @Test("the same script and seed answer, score and break in the same way")
    func deterministic() async throws {
        let model = ModelScript(
            answers: [AnswerRule(reply: .student(.search, .usual))],
            faults: [ScriptedFault(.status(500), FaultTrigger(share: 0.3))]
        )
        func run() async throws -> [String] {
            var replies: [String] = []
            try await simulate(["m": model]) { simulator in
                let client = try RawClient(port: simulator.port)
                for index in 0..<20 {
                    let body =
                        #"{"model":"m","prompt":"functions slower than \#(index) ms","max_tokens":64,"logprobs":1}"#
                    let reply = try client.exchange("POST", "/v1/completions", body)
                    let tree = try JSONTree.parse(reply.body.utf8)
                    let said = tree["choices"]?.encode() ?? []
                    replies.append("\(reply.status) " + String(decoding: said, as: UTF8.self))
                }
            }
            return replies
        }
        let first = try await run()
        #expect(first == (try await run()))
        #expect(Set(first.map { $0.prefix(3) }) == ["200", "500"])
    }

    @Test("a port that is taken is an error, and a stopped simulator gives its port back")
    func ports() async throws {
        let first = try await Simulator.start(script: Script())
        await #expect(throws: (any Error).self) { try await Simulator.start(port: first.port, script: Script()) }
        await first.stop()
        await first.stop()
        let second = try await Simulator.start(port: first.port, script: Script())
        #expect(second.port == first.port)
        await second.stop()
    }
}
