import JSON
import Testing

@testable import Simulation

/// Streams over real connections, in both dialects.
@Suite struct StreamTests {
    static let dialects = [Dialect.chat, .completions]
    static let chat = "/v1/chat/completions"

    /// A request for a stream from model "m", with more members.
    static func asking(_ dialect: Dialect, _ more: String = "") -> (path: String, body: String) {
        switch dialect {
        case .chat: (chat, #"{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]\#(more)}"#)
        case .completions: ("/v1/completions", #"{"model":"m","stream":true,"prompt":"hi"\#(more)}"#)
        }
    }

    /// What a model's stream was, and what the provider counted.
    static func stream(_ model: ModelScript, _ dialect: Dialect, _ more: String = "") async throws
        -> (reply: RawClient.Reply, stream: ReceivedStream, calls: Calls.Model)
    {
        let simulator = try await Simulator.start(script: Script(models: ["m": model]))
        let request = asking(dialect, more)
        let result = Result { try RawClient.stream(simulator.port, request.path, request.body) }
        let calls = simulator.calls["m"]
        await simulator.stop()
        let (reply, stream) = try result.get()
        return (reply, stream, calls)
    }

    @Test("a chat stream: role first, one token an event, the finish reason last, then [DONE]")
    func chat() async throws {
        let (reply, stream, calls) = try await Self.stream(ModelScript(says: "one two three"), .chat)
        #expect(reply.status == 200 && reply.head.contains("content-type: text/event-stream"))
        #expect(stream.isWhole && stream.remainder.isEmpty)
        #expect(stream.events.last == "[DONE]")
        let objects = stream.objects
        #expect(objects.count == 5 && stream.events.count == 6)
        #expect(objects.allSatisfy { $0["object"]?.string == "chat.completion.chunk" })
        #expect(Set(objects.compactMap { $0["id"]?.string }).count == 1)
        #expect(objects.allSatisfy { $0["usage"] == nil })
        let deltas = objects.map { $0["choices"]?[0]?["delta"]?.encode() ?? [] }.map {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(
            deltas == [
                #"{"role":"assistant","content":"","refusal":null}"#, #"{"content":"one"}"#, #"{"content":" two"}"#,
                #"{"content":" three"}"#, "{}",
            ]
        )
        #expect(
            objects.map { $0["choices"]?[0]?["finish_reason"]?.string } == [nil, nil, nil, nil, "stop"]
        )
        #expect(objects.allSatisfy { $0["choices"]?[0]?["logprobs"]?.isNull == true })
        #expect(calls == .init(calls: 1, answered: 1, streamed: 1, tokens: 3))
    }

    @Test("a legacy stream: the same members as a whole answer, and no role")
    func legacy() async throws {
        let (reply, stream, _) = try await Self.stream(ModelScript(says: "one two"), .completions)
        #expect(reply.status == 200 && stream.isWhole)
        let objects = stream.objects
        #expect(objects.allSatisfy { $0["object"]?.string == "text_completion" })
        #expect(objects.map { $0["choices"]?[0]?["text"]?.string } == ["one", " two", ""])
        #expect(objects.map { $0["choices"]?[0]?["finish_reason"]?.string } == [nil, nil, "stop"])
        #expect(stream.events.last == "[DONE]")
    }

    @Test("the usage is one event more, with no choice, and null in the others", arguments: dialects)
    func usage(dialect: Dialect) async throws {
        let more = #","stream_options":{"include_usage":true}"#
        let (_, stream, _) = try await Self.stream(ModelScript(says: "one two"), dialect, more)
        let last = try #require(stream.objects.last)
        #expect(last["choices"]?.array == [])
        #expect(last["usage"]?["completion_tokens"]?.int == 2)
        #expect(stream.objects.dropLast().allSatisfy { $0["usage"]?.isNull == true })
    }

    @Test("each event has the log-probabilities of its token if they were asked for")
    func logprobs() async throws {
        let model = ModelScript(says: "one two", logprob: -0.5)
        let chat = try await Self.stream(model, .chat, #","logprobs":true,"top_logprobs":2"#).stream.objects
        let content = chat.map { $0["choices"]?[0]?["logprobs"]?["content"]?.array }
        #expect(content.map { $0?.compactMap { $0["token"]?.string } } == [nil, ["one"], [" two"], nil])
        #expect(content[1]?[0]["logprob"]?.double == -0.5)
        #expect(content[1]?[0]["top_logprobs"]?.array?.count == 2)
        #expect(content[1]?[0]["bytes"]?.array?.map(\.int) == [111, 110, 101])

        let legacy = try await Self.stream(model, .completions, #","logprobs":1"#).stream.objects
        let arrays = legacy.map { $0["choices"]?[0]?["logprobs"] }
        #expect(arrays.map { $0?["tokens"]?.array?.map(\.string) } == [["one"], [" two"], nil])
        #expect(arrays.map { $0?["token_logprobs"]?.array?.map(\.double) } == [[-0.5], [-0.5], nil])
        #expect(arrays.map { $0?["text_offset"]?.array?.map(\.int) } == [[2], [5], nil])
        #expect(arrays[0]?["top_logprobs"]?[0]?["one"]?.double == -0.5)
    }

    @Test("a stream and a whole answer of the same model say the same", arguments: dialects)
    func same(dialect: Dialect) async throws {
        let model = ModelScript(answers: [AnswerRule(reply: .texts(["é 👍 done", "x"]))])
        let (path, body) = Self.asking(dialect, #","n":2"#)
        let simulator = try await Simulator.start(script: Script(models: ["m": model]))
        let streamed = Result { try RawClient.stream(simulator.port, path, body).stream }
        let whole = Result {
            let asking = body.replacing(#""stream":true,"#, with: "")
            return try JSONTree.parse(try RawClient(port: simulator.port).exchange("POST", path, asking).body.utf8)
        }
        await simulator.stop()
        for index in 0..<2 {
            let choice = try whole.get()["choices"]?[index]
            #expect(
                try streamed.get().text(of: index) == choice?["message"]?["content"]?.string ?? choice?["text"]?.string
            )
        }
    }

    @Test("tokens come at their pace, one event each, in order")
    func paced() async throws {
        var model = ModelScript(says: "one two three", latency: .milliseconds(3))
        model.perToken = .milliseconds(2)
        model.tokenJitter = .milliseconds(2)
        let (_, stream, calls) = try await Self.stream(model, .chat)
        #expect(stream.text() == "one two three")
        #expect(stream.chunks.count == 6)
        #expect(calls.tokens == 3)
    }

    @Test("a held stream begins when it is released")
    func held() async throws {
        let model = ModelScript(says: "one", faults: [ScriptedFault(.hold)])
        let simulator = try await Simulator.start(script: Script(models: ["m": model]))
        let client = try RawClient(port: simulator.port)
        let (path, body) = Self.asking(.chat)
        client.send("POST", path, body)
        #expect(await simulator.wait { $0["m"].inFlight == 1 })
        #expect(await simulator.release() == 1)
        #expect(ReceivedStream(try client.receive()).text() == "one")
        await simulator.stop()
    }
}
