import JSON
import Simulation
import Testing

extension SystemTests {
    /// Answers of the small model that pass: what the client gets, to the byte where the contract says so.
    struct SmallAnswerTests {
        private static let confidence = "confidence: { score: min_logprob, threshold: -1 }"

        @Test(arguments: ["chat", "completions"])
        func `a small answer that passes goes to the client with every header the design lists`(api: String)
            async throws
        {
            let simulator = try await Simulator.with(small: ModelScript(says: "yes", logprob: -0.25))
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, Self.confidence, smallAPI: api, largeAPI: api)
            )
            let isChat = api == "chat"
            let answer = try isChat ? gateway.chat("hello") : gateway.complete("hello")
            #expect(answer.status == 200)
            #expect(answer.says() == "yes")
            #expect(answer["content-type"] == "application/json")
            #expect(answer["x-understudy-route"] == "main")
            #expect(answer.answeredBy == "small")
            #expect(answer["x-understudy-model"] == "small")
            #expect(answer.cache == "miss")
            #expect(answer.verdict == "accept")
            #expect(answer["x-understudy-checks"] == "pass")
            #expect(answer["x-understudy-confidence"] == "-0.2500")
            #expect(answer["x-understudy-fallback-reason"] == nil)
            #expect(answer["x-understudy-config"]?.isEmpty == false)
            #expect(answer["x-understudy-overhead-ms"].flatMap { Double($0) } != nil)
            #expect(answer["x-request-id"]?.hasPrefix("req_") == true)
            #expect(answer.json["model"]?.string == "small")
            #expect(answer.json["object"]?.string == (isChat ? "chat.completion" : "text_completion"))
            #expect(answer.json["id"]?.string?.hasPrefix(isChat ? "chatcmpl-" : "cmpl-") == true)
            #expect(answer.json["created"]?.int != nil)
            #expect(answer.json["system_fingerprint"]?.string?.hasPrefix("fp_sim") == true)
            #expect(answer.json["choices"]?[0]?["finish_reason"]?.string == "stop")
            #expect(answer.json["usage"]?["total_tokens"]?.int != nil)
            #expect(simulator.calls["large"].calls == 0)
            #expect(simulator.calls["small"].calls == 1)
            await simulator.stop()
        }

        @Test func `log-probabilities are asked for always and given only to those who asked`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "yes", logprob: -0.25))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, Self.confidence))
            let client = try gateway.client()
            let plain = try client.chat("one")
            #expect(plain.json["choices"]?[0]?["logprobs"]?.isNull == true)
            #expect(simulator.lastBody(to: "small").contains(#""logprobs":true"#))
            let asked = try client.chat("two", #""logprobs":true,"top_logprobs":3"#)
            let token = asked.json["choices"]?[0]?["logprobs"]?["content"]?[0]
            #expect(token?["logprob"]?.double == -0.25)
            #expect(token?["top_logprobs"]?.array?.count == 3)
            #expect(simulator.lastBody(to: "small").contains(#""top_logprobs":3"#))
            let legacy = try client.complete("three", #""logprobs":2"#)
            #expect(legacy.status == 200)
            #expect(legacy.json["choices"]?[0]?["logprobs"]?["token_logprobs"]?[0]?.double == -0.25)
            #expect(legacy.json["choices"]?[0]?["logprobs"]?["top_logprobs"]?[0]?.object?.count == 2)
            let without = try client.complete("four")
            #expect(without.json["choices"]?[0]?["logprobs"]?.isNull == true)
            await simulator.stop()
        }

        @Test func `every choice of n is judged, and the least confident decides`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(
                    answers: [
                        AnswerRule(when: .contains("mixed"), reply: .texts(["yes", "no", "perhaps"])),
                        AnswerRule(reply: .texts(["yes", "no"])),
                    ],
                    logprobs: LogprobScript(base: .fixed(-0.1), rules: [.init(text: "no", logprob: -0.5)])
                ),
                large: ModelScript(says: "yes")
            )
            let settings = TestSettings(at: simulator.baseURL, Self.confidence, "checks: [{ one_of: ['yes', 'no'] }]")
            let gateway = try RunningGateway(settings)
            let good = try gateway.chat("hello", #""n":2"#)
            #expect(good.answeredBy == "small")
            #expect(good.json["choices"]?.array?.count == 2)
            #expect((good.says(0), good.says(1)) == ("yes", "no"))
            #expect(good["x-understudy-confidence"] == "-0.5000")
            let bad = try gateway.chat("mixed", #""n":3"#)
            #expect(bad.answeredBy == "large")
            #expect(bad.verdict == "format.one_of")
            #expect(bad.json["choices"]?.array?.count == 3)
            await simulator.stop()
        }

        @Test func `a request id of the client is kept if it is fit for headers and replaced if it is not`()
            async throws
        {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let client = try gateway.client()
            let longest = String(repeating: "a", count: 128)
            for good in ["a", "My.Request_id-1", longest] {
                #expect(try client.chat("hello", headers: ["x-request-id": good])["x-request-id"] == good)
            }
            for bad in ["has space", longest + "a", "semi;colon", "ü"] {
                let given = try client.chat("hello", headers: ["x-request-id": bad])["x-request-id"]
                #expect(given?.hasPrefix("req_") == true && given?.count == 36, "\(bad) became \(given ?? "nothing")")
            }
            let refused = try client.post("/v1/chat/completions", "{", ["x-request-id": "mine"])
            #expect((refused.status, refused["x-request-id"]) == (400, "mine"))
            await simulator.stop()
        }

        @Test func `models lists the routes, health says ok, and unknown places are errors in OpenAI's shape`()
            async throws
        {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let client = try gateway.client()
            #expect(try client.get("/v1/models").json["data"]?[0]?["id"]?.string == "main")
            #expect(try client.get("/v1/models/main").json["object"]?.string == "model")
            #expect(try client.get("/v1/models/other").status == 404)
            #expect(try client.get("/health/live").status == 200)
            let ready = try client.get("/health/ready")
            #expect((ready.status, ready.json["status"]?.string) == (200, "ok"))
            let unknown = try client.get("/v1/other")
            #expect((unknown.status, unknown.error?["type"]?.string) == (404, "invalid_request_error"))
            #expect(try client.get("/v1/chat/completions").status == 405)
            await simulator.stop()
        }
    }
}
