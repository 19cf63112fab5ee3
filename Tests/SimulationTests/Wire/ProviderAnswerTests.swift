import JSON
import Testing

@testable import Simulation

@Suite struct ProviderAnswerTests {
    /// The parsed body that a model answers a request with.
    private func answer(_ model: ModelScript, _ dialect: Dialect, _ body: String, call: Int = 1) throws -> JSONTree {
        let request = try ProviderRequest.read(Array(body.utf8), dialect: dialect)
        return try JSONTree.parse(model.plan(request, call: call, seed: 1).body)
    }

    @Test("a chat answer: message, usage, log-probabilities with bytes and alternatives")
    func chat() throws {
        let model = ModelScript(says: "a👍", logprob: -0.5)
        let tree = try answer(
            model,
            .chat,
            #"{"model":"m","messages":[{"role":"user","content":"hi"}],"logprobs":true,"top_logprobs":2}"#
        )
        #expect(tree["object"]?.string == "chat.completion")
        #expect(tree["id"]?.string?.hasPrefix("chatcmpl-") == true)
        let choice = try #require(tree["choices"]?[0])
        #expect(choice["message"]?["content"]?.string == "a👍")
        #expect(choice["finish_reason"]?.string == "stop")
        let content = try #require(choice["logprobs"]?["content"]?.array)
        #expect(content.map { $0["token"]?.string } == ["a", "\\xf0\\x9f", "\\x91\\x8d"])
        #expect(content[1]["bytes"]?.array?.map(\.int) == [0xF0, 0x9F])
        #expect(content.allSatisfy { $0["logprob"]?.double == -0.5 && $0["top_logprobs"]?.array?.count == 2 })
        #expect(tree["usage"]?["prompt_tokens"]?.int == 5)
        #expect(tree["usage"]?["completion_tokens"]?.int == 3)
        #expect(tree["usage"]?["total_tokens"]?.int == 8)
    }

    @Test("a legacy answer: arrays, offsets in characters from the beginning of the prompt")
    func legacy() throws {
        var model = ModelScript(says: "é yes", logprob: -0.25)
        model.leadingSpace = true
        let body = #"{"model":"m","prompt":"é?","logprobs":1}"#
        var logprobs = try #require(try answer(model, .completions, body)["choices"]?[0]?["logprobs"])
        #expect(logprobs["tokens"]?.array?.map(\.string) == [" ", "é", " yes"])
        #expect(logprobs["token_logprobs"]?.array?.map(\.double) == [-0.25, -0.25, -0.25])
        #expect(logprobs["text_offset"]?.array?.map(\.int) == [2, 3, 4])
        #expect(logprobs["top_logprobs"]?[0]?[" "]?.double == -0.25)
        model.offsetsFromPrompt = false
        logprobs = try #require(try answer(model, .completions, body)["choices"]?[0]?["logprobs"])
        #expect(logprobs["text_offset"]?.array?.map(\.int) == [0, 1, 2])
    }

    @Test("echo puts the prompt in front, its first token without a log-probability")
    func echo() throws {
        let tree = try answer(
            ModelScript(says: " b"),
            .completions,
            #"{"model":"m","prompt":"a","echo":true,"logprobs":0}"#
        )
        let choice = try #require(tree["choices"]?[0])
        #expect(choice["text"]?.string == "a b")
        #expect(choice["logprobs"]?["token_logprobs"]?.array?.map(\.double) == [nil, -0.05])
        #expect(choice["logprobs"]?["text_offset"]?.array?.map(\.int) == [0, 1])
        #expect(choice["logprobs"]?["top_logprobs"]?.isNull == true)
        #expect(tree["usage"]?["completion_tokens"]?.int == 1)
    }

    @Test("n choices, stop and max_tokens mean what they mean")
    func limits() throws {
        let model = ModelScript(answers: [AnswerRule(reply: .texts(["one two three", "four\nfive"]))])
        let tree = try answer(
            model,
            .chat,
            #"{"model":"m","messages":[{"role":"user","content":"hi"}],"n":3,"stop":["\n"],"max_completion_tokens":2}"#
        )
        let choices = try #require(tree["choices"]?.array)
        #expect(choices.map { $0["message"]?["content"]?.string } == ["one two", "four", "one two"])
        #expect(choices.map { $0["finish_reason"]?.string } == ["length", "stop", "length"])
        #expect(choices.map { $0["index"]?.int } == [0, 1, 2])
        #expect(tree["usage"]?["completion_tokens"]?.int == 5)
        #expect(choices[0]["logprobs"]?.isNull == true)
    }

    @Test("several prompts have their choices one after the other")
    func prompts() throws {
        let model = ModelScript(answers: [AnswerRule(reply: .echo)])
        let tree = try answer(model, .completions, #"{"model":"m","prompt":["a","b"],"n":2}"#)
        #expect(tree["choices"]?.array?.map { $0["text"]?.string } == ["a", "a", "b", "b"])
        #expect(tree["choices"]?.array?.map { $0["index"]?.int } == [0, 1, 2, 3])
    }

    @Test("a scripted tool call needs tools; a refusal has its own member")
    func toolsAndRefusal() throws {
        let model = ModelScript(answers: [
            AnswerRule(when: .contains("no"), reply: .refusal("I will not")),
            AnswerRule(reply: .toolCalls([ScriptedToolCall(name: "find", arguments: #"{"a":1}"#)])),
        ])
        let tools = #""tools":[{"type":"function","function":{"name":"find"}}]"#
        var choice = try answer(
            model,
            .chat,
            #"{"model":"m","logprobs":true,"messages":[{"role":"user","content":"x"}],\#(tools)}"#
        )["choices"]?[0]
        #expect(choice?["finish_reason"]?.string == "tool_calls")
        #expect(choice?["message"]?["content"]?.isNull == true)
        #expect(choice?["message"]?["tool_calls"]?[0]?["function"]?["arguments"]?.string == #"{"a":1}"#)
        #expect(choice?["logprobs"]?.isNull == true)
        choice = try answer(model, .chat, #"{"model":"m","messages":[{"role":"user","content":"x"}]}"#)["choices"]?[0]
        #expect(choice?["message"]?["content"]?.string == "ok")
        choice = try answer(
            model,
            .chat,
            #"{"model":"m","logprobs":true,"messages":[{"role":"user","content":"no"}]}"#
        )["choices"]?[0]
        #expect(choice?["message"]?["refusal"]?.string == "I will not")
        #expect(choice?["logprobs"]?["refusal"]?.array?.count == 3)
    }

    static let bad: [(Dialect, String, String?)] = [
        (.chat, "{", nil), (.chat, "[]", nil), (.chat, #"{"messages":[]}"#, "model"),
        (.chat, #"{"model":"m"}"#, "messages"),
        (.chat, #"{"model":"m","messages":[{"content":"x"}]}"#, "messages[0].role"),
        (.chat, #"{"model":"m","messages":[{"role":"user","content":"x"}],"n":0}"#, "n"),
        (.chat, #"{"model":"m","messages":[{"role":"user","content":"x"}],"top_logprobs":2}"#, "top_logprobs"),
        (.chat, #"{"model":"m","messages":[{"role":"user","content":"x"}],"stream_options":{}}"#, "stream_options"),
        (.completions, #"{"model":"m"}"#, "prompt"),
        (.completions, #"{"model":"m","prompt":"x","logprobs":6}"#, "logprobs"),
        (.completions, #"{"model":"m","prompt":"x","stop":["1","2","3","4","5"]}"#, "stop"),
    ]

    @Test("a request that is not right is a 400 that names the parameter", arguments: bad)
    func refused(dialect: Dialect, body: String, param: String?) throws {
        let error = try #require(throws: ProviderError.self) {
            try ProviderRequest.read(Array(body.utf8), dialect: dialect)
        }
        #expect(error.status == 400)
        #expect(error.param == param)
        #expect(try JSONTree.parse(error.body)["error"]?["message"]?.string == error.message)
    }
}
