import JSON
import Testing

@testable import Simulation

@Suite struct PlannedReplyTests {
    private func plan(_ model: ModelScript, call: Int = 1, dialect: Dialect = .chat) throws -> PlannedReply {
        let body = #"{"model":"m","messages":[{"role":"user","content":"hi"}],"prompt":"hi","logprobs":"#
        let request = try ProviderRequest.read(
            Array((body + (dialect == .chat ? "true}" : "1}")).utf8),
            dialect: dialect
        )
        return model.plan(request, call: call, seed: 9)
    }

    private func faulty(_ kind: FaultKind, dialect: Dialect = .chat) throws -> PlannedReply {
        try plan(ModelScript(says: "one two three", faults: [ScriptedFault(kind)]), dialect: dialect)
    }

    @Test("the delay is latency, time for each token, and a drawn part of the jitter that repeats itself")
    func delay() throws {
        var model = ModelScript(says: "one two", latency: .milliseconds(10))
        model.perToken = .milliseconds(3)
        #expect(try plan(model).delay == .milliseconds(16))
        model.jitter = .milliseconds(100)
        let delays = try (1...20).map { try plan(model, call: $0).delay }
        #expect(delays.allSatisfy { $0 >= .milliseconds(16) && $0 < .milliseconds(116) })
        #expect(Set(delays).count > 10)
        #expect(delays == (try (1...20).map { try plan(model, call: $0).delay }))
    }

    @Test("an error status has OpenAI's body and the retry-after that was scripted")
    func status() throws {
        let reply = try faulty(.status(429, retryAfter: "2"))
        #expect(reply.status == 429)
        let id = try #require(reply.requestID)
        #expect(
            String(decoding: reply.fields, as: UTF8.self)
                == "content-type: application/json\r\nx-request-id: \(id)\r\nretry-after: 2\r\n"
        )
        #expect(try JSONTree.parse(reply.body)["error"]?["code"]?.string == "rate_limit_exceeded")
        #expect(reply.faults == 1)
    }

    @Test("a malformed body is the beginning of a good one and no JSON")
    func malformed() throws {
        let reply = try faulty(.malformed)
        #expect(reply.status == 200)
        #expect(throws: (any Error).self) { try JSONTree.parse(reply.body) }
    }

    @Test("an oversized answer is good JSON with as much more text")
    func oversized() throws {
        let tree = try JSONTree.parse(try faulty(.oversized(5000)).body)
        #expect(tree["choices"]?[0]?["message"]?["content"]?.string?.utf8.count == 5013)
    }

    @Test("log-probabilities that are missing, null, half null, or empty", arguments: [Dialect.chat, .completions])
    func logprobs(dialect: Dialect) throws {
        func logprobs(_ defect: LogprobDefect) throws -> JSONTree? {
            try JSONTree.parse(try faulty(.logprobs(defect), dialect: dialect).body)["choices"]?[0]?["logprobs"]
        }
        func values(_ tree: JSONTree?) -> [Double?]? {
            dialect == .chat
                ? tree?["content"]?.array?.map { $0["logprob"]?.double } : tree?["token_logprobs"]?.array?.map(\.double)
        }
        #expect(try logprobs(.missing) == nil)
        #expect(try logprobs(.null)?.isNull == true)
        #expect(values(try logprobs(.nulls)) == [-0.05, nil, -0.05])
        #expect(values(try logprobs(.empty)) == [])
    }

    @Test("faults add up in their order")
    func several() throws {
        let faults = [
            ScriptedFault(.slow(.milliseconds(7))), ScriptedFault(.slow(.milliseconds(5))),
            ScriptedFault(.contentType("text/html")),
            ScriptedFault(.resetInside(after: 4)), ScriptedFault(.status(500), FaultTrigger(every: 2)),
        ]
        let reply = try plan(ModelScript(says: "ok", faults: faults))
        #expect(reply.delay == .milliseconds(12))
        #expect(reply.contentType == "text/html")
        #expect(reply.ending == .resetInside(after: 4))
        #expect(reply.status == 200)
        #expect(try plan(ModelScript(says: "ok", faults: faults), call: 2).status == 500)
    }
}
