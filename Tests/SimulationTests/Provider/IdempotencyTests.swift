import JSON
import Testing

@testable import Simulation

@Suite struct IdempotencyTests {
    private let chat = "/chat/completions"
    private func asking(_ text: String, stream: Bool = false) -> String {
        #"{"model":"m","stream":\#(stream),"messages":[{"role":"user","content":"\#(text)"}]}"#
    }

    @Test("the same key has the same answer, which is counted apart and paid once")
    func replayed() async throws {
        let model = ModelScript(answers: [AnswerRule(reply: .student(.search, .usual))])
        try await withWorkshop(models: ["m": model]) { client in
            let first = try client.ask("POST", chat, asking("slow functions"), key: "k")
            let again = try client.ask("POST", chat, asking("slow functions"), key: "k")
            #expect(first.tree == again.tree && first["id"] != nil)
            let new = try client.ask("POST", chat, asking("slow functions"))
            #expect(new["id"] != first["id"])
            let counted = client.simulator.calls["m"]
            #expect(counted.calls == 2 && counted.answered == 2 && counted.paid == 2 && counted.replayed == 1)
            let other = try client.ask("POST", chat, asking("fast functions"), key: "k")
            #expect(other.status == 400 && other["error"]?["type"]?.string == "idempotency_error")
        }
    }

    @Test("a refused call is not remembered and costs nothing; a broken answer is, whole")
    func faults() async throws {
        let faults = [
            ScriptedFault(.status(503), FaultTrigger(first: 1)),
            ScriptedFault(.resetInside(after: 5), FaultTrigger(every: 2)),
        ]
        try await withWorkshop(models: ["m": ModelScript(says: "yes", faults: faults)]) { client in
            #expect(try client.ask("POST", chat, asking("a"), key: "k").status == 503)
            let broken = try WorkshopClient(client.simulator).ask("POST", chat, asking("a"), key: "k")
            #expect(broken["choices"] == nil)
            let whole = try client.ask("POST", chat, asking("a"), key: "k")
            #expect(whole["choices"]?[0]?["message"]?["content"]?.string == "yes")
            let counted = client.simulator.calls["m"]
            #expect(counted.calls == 2 && counted.unpaid == 1 && counted.paid == 1 && counted.replayed == 1)
        }
    }

    @Test("a stream is told again to the same key, event for event")
    func streams() async throws {
        try await withWorkshop(models: ["m": ModelScript(says: "one two three")]) { client in
            var bodies: [String] = []
            for _ in 0..<2 {
                let raw = try RawClient(port: client.simulator.port)
                let body = asking("a", stream: true)
                bodies.append(
                    String(try raw.exchange("POST", "/v1" + chat, body, headers: "idempotency-key: s\r\n").body)
                )
            }
            #expect(bodies[0] == bodies[1] && bodies[0].contains("[DONE]"))
            let counted = client.simulator.calls["m"]
            #expect(counted.calls == 1 && counted.streamed == 1 && counted.replayed == 1 && counted.inFlight == 0)
        }
    }

    @Test("keys are bounded: the oldest is forgotten first")
    func bounded() throws {
        var keys = AnsweredKeys<Int>()
        for number in 0...AnsweredKeys<Int>.most { keys.remember("\(number)", request: 1, number) }
        #expect(try keys.recall("0", request: 1) == nil)
        #expect(try keys.recall("1", request: 1) == 1)
        #expect(try keys.recall("\(AnsweredKeys<Int>.most)", request: 1) == AnsweredKeys<Int>.most)
        #expect(throws: ProviderError.self) { try keys.recall("1", request: 2) }
    }
}
