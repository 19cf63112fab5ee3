import JSON
import Simulation
import Testing

extension SystemTests {
    /// Both dialects on both sides, and what of a request reaches the model.
    struct DialectTests {
        @Test func `members we do not know reach the model byte for byte, and ours do not`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let extra =
                #""x_number" : 1.50e+3 ,"x_long":123456789012345678,"x":{"b": [1, 2.0,-0], "a":null},"#
                + #""seed":7,"temperature":0.10,"logit_bias":{"50256":-100},"user":"u-1","x_text":"\u00e9\/é""#
            let ours = #""store":false,"metadata":{"tenant":"acme"}"#
            let answer = try gateway.chat("hello", "\(extra),\(ours)")
            #expect(answer.status == 200)
            let sent = simulator.lastBody(to: "small")
            #expect(sent.contains(extra))
            #expect(!sent.contains("store") && !sent.contains("metadata"))
            #expect(sent.hasPrefix(#"{"model":"small","#))
            let completion = try gateway.complete("hello", #""echo":false,"suffix":"","x_y":1.0E5"#)
            #expect(completion.status == 400 || simulator.lastBody(to: "small").contains(#""x_y":1.0E5"#))
            await simulator.stop()
        }

        @Test func `nothing of the client's headers goes further unless the model's settings list it`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings()
            settings.model("small", at: simulator.baseURL, "headers: [x-tenant]", "api_key: the-key")
            settings.model("large", at: simulator.baseURL)
            settings.route("main")
            let gateway = try RunningGateway(settings)
            _ = try gateway.chat(
                "hello",
                headers: ["x-tenant": "acme", "x-other": "no", "authorization": "Bearer mine"]
            )
            let headers = simulator.requests(to: "small").last?.headers ?? []
            func value(_ name: String) -> String? { headers.first { $0.name == name }?.value }
            #expect(value("x-tenant") == "acme")
            #expect(value("x-other") == nil)
            #expect(value("authorization") == "Bearer the-key")
            #expect(value("content-type") == "application/json")
            await simulator.stop()
        }

        @Test func `a chat client reaches a model of completions through the route's template`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(
                    answers: [.init(reply: .texts(["kind:function"]))],
                    logprobs: .sure,
                    leadingSpace: true
                )
            )
            let settings = TestSettings(
                at: simulator.baseURL,
                "prompt: { small: small.mustache }",
                "parameters: { small: { temperature: 0, max_tokens: 9, stop: [END] } }",
                "checks: [{ regex: '^kind:' }]",
                "confidence: { score: min_logprob, threshold: -1 }",
                smallAPI: "completions"
            )
            let gateway = try RunningGateway(settings, files: ["small.mustache": "{{system}}|{{input}} \"###\""])
            let body =
                #"{"model":"main","messages":[{"role":"system","content":"be brief"},"#
                + #"{"role":"user","content":"a \"b\"\n"}],"max_tokens":40,"logprobs":true,"top_logprobs":1}"#
            let answer = try gateway.client().post("/v1/chat/completions", body)
            #expect(answer.answeredBy == "small", "\(answer.text)")
            #expect(answer.json["object"]?.string == "chat.completion")
            #expect(answer.says() == "kind:function", "the leading space is the dialect's, not the answer's")
            #expect(answer.json["choices"]?[0]?["message"]?["role"]?.string == "assistant")
            #expect(answer.json["choices"]?[0]?["logprobs"]?["content"]?[0]?["logprob"]?.double == -0.05)
            let sent = try JSONTree.parse(Array(simulator.lastBody(to: "small").utf8))
            #expect(simulator.requests(to: "small").last?.path == "/v1/completions")
            #expect(sent["prompt"]?.string == "be brief|a \"b\"\n \"###\"")
            #expect(sent["max_tokens"]?.int == 9, "the smaller of both")
            #expect((sent["temperature"]?.int, sent["stop"]?[0]?.string, sent["logprobs"]?.int) == (0, "END", 1))
            #expect(sent["messages"] == nil && sent["top_logprobs"] == nil)
            await simulator.stop()
        }

        @Test func `a client of completions reaches a model of chat`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let answer = try gateway.complete("say it", #""max_tokens":5,"stop":"\n""#)
            #expect(answer.answeredBy == "small", "\(answer.text)")
            #expect(answer.json["object"]?.string == "text_completion")
            #expect(answer.json["choices"]?[0]?["text"]?.string == "from small")
            #expect(answer.json["id"]?.string?.hasPrefix("cmpl-") == true)
            let sent = try JSONTree.parse(Array(simulator.lastBody(to: "small").utf8))
            #expect(sent["messages"]?[0]?["content"]?.string == "say it")
            #expect(sent["messages"]?[0]?["role"]?.string == "user")
            #expect((sent["prompt"] == nil, sent["max_tokens"]?.int, sent["stop"]?.string) == (true, 5, "\n"))
            await simulator.stop()
        }

        @Test func `what does not carry over to the other dialect is a clear 400`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL)
            settings.model("legacy", at: simulator.baseURL, api: "completions")
            settings.route("bare", small: "legacy", large: "legacy")
            settings.route(
                "phrased",
                small: "legacy",
                large: "legacy",
                "prompt: { small: p.mustache, large: p.mustache }"
            )
            let gateway = try RunningGateway(settings, files: ["p.mustache": "{{input}}"])
            let client = try gateway.client()
            let tools = #""tools":[{"type":"function","function":{"name":"f"}}]"#
            let answers = [
                ("messages", try client.chat("hello", route: "bare")),
                ("tools", try client.chat("a", route: "phrased", tools)),
                ("echo", try client.complete("hello", #""echo":true"#)),
                ("best_of", try client.complete("hello", #""best_of":3"#)),
                ("suffix", try client.complete("hello", #""suffix":"end""#)),
                ("prompt", try client.post("/v1/completions", #"{"model":"main","prompt":["a","b"]}"#)),
                (
                    "response_format",
                    try client.chat("a", route: "phrased", #""response_format":{"type":"json_object"}"#)
                ),
            ]
            for (param, answer) in answers {
                #expect(answer.status == 400, "\(param): \(answer.text)")
                #expect(answer.error?["param"]?.string == param)
                #expect(answer.error?["type"]?.string == "invalid_request_error")
            }
            #expect(simulator.calls.total == 0)
            await simulator.stop()
        }

        @Test func `completions keep echo, several prompts and tokens where the model speaks completions`() async throws
        {
            let simulator = try await Simulator.with()
            let settings = TestSettings(
                at: simulator.baseURL,
                "confidence: { score: min_logprob, threshold: -1 }",
                smallAPI: "completions",
                largeAPI: "completions"
            )
            let gateway = try RunningGateway(settings)
            let client = try gateway.client()
            let echoed = try client.complete("abc ", #""echo":true"#)
            #expect(echoed.says() == "abc from small")
            #expect(
                (echoed.answeredBy, echoed["x-understudy-confidence"]) == ("small", "-0.0500"),
                "the prompt is not judged"
            )
            let several = try client.post("/v1/completions", #"{"model":"main","prompt":["a","b"],"n":2}"#)
            #expect(several.json["choices"]?.array?.count == 4)
            let tokens = try client.post("/v1/completions", #"{"model":"main","prompt":[1,2,3]}"#)
            #expect(tokens.answeredBy == "small")
            #expect(simulator.lastBody(to: "small").contains(#""prompt":[1,2,3]"#))
            await simulator.stop()
        }
    }
}
