import JSON
import Simulation
import Testing

extension SystemTests {
    /// Small answers that do not pass, and the large model's turn.
    struct FallbackTests {
        private func expectFallback(_ answer: Answer, because reason: String) {
            #expect(answer.status == 200, "\(reason): \(answer.text)")
            #expect(answer.answeredBy == "large", "\(reason)")
            #expect(answer.verdict == reason)
            #expect(answer["x-understudy-fallback-reason"] == reason)
            #expect(answer["x-understudy-model"] == "large")
            #expect(answer.json["model"]?.string == "large")
        }

        @Test func `an unsure small answer is replaced by the large model's`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "well", logprob: -3))
            let settings = TestSettings(at: simulator.baseURL, "confidence: { score: min_logprob, threshold: -1 }")
            let gateway = try RunningGateway(settings)
            for answer in [try gateway.chat("hello"), try gateway.complete("hello again")] {
                expectFallback(answer, because: "low_confidence")
                #expect(answer.says() == "from large")
                #expect(answer["x-understudy-confidence"] == "-3.0000")
                #expect(answer["x-understudy-checks"] == "pass")
            }
            await simulator.stop()
        }

        /// The check as the settings write it, an answer that fails it, one that passes it, and the reason.
        static let checks: [(String, bad: String, good: String, String)] = [
            ("max_chars: 5", "too long", "short", "format.max_chars"),
            ("min_chars: 3", "no", "yes", "format.min_chars"),
            ("one_of: [a, b]", "c", "b", "format.one_of"),
            ("regex: '^[a-z]+$'", "No 1", "yes", "format.regex"),
            ("regex: '^(a+)+$'", String(repeating: "a", count: 40) + "b", "aaa", "format.regex_limit"),
            ("json", "{\"a\":", #"{"a":1}"#, "format.json"),
            ("json", #"{"a":1,"a":2}"#, "[]", "format.json"),
            ("json_schema: schema.json", #"{"a":"x"}"#, #"{"a":1}"#, "format.json_schema"),
            ("json_schema: schema.json", "nonsense", #"{"a":2}"#, "format.json_schema"),
        ]

        @Test func `each format check sends a wrong answer to the large model and lets a right one through`()
            async throws
        {
            var small: [AnswerRule] = []
            var large: [AnswerRule] = []
            var settings = TestSettings()
            for (index, check) in Self.checks.enumerated() {
                small.append(AnswerRule(when: .equals("bad \(index)"), reply: .texts([check.bad])))
                small.append(AnswerRule(when: .equals("good \(index)"), reply: .texts([check.good])))
                large.append(AnswerRule(when: .equals("bad \(index)"), reply: .texts([check.good])))
                settings.route("r\(index)", "checks: [{ \(check.0) }]".replacing("{ json }", with: "json"))
            }
            let simulator = try await Simulator.with(
                small: ModelScript(answers: small),
                large: ModelScript(answers: large)
            )
            settings.model("small", at: simulator.baseURL)
            settings.model("large", at: simulator.baseURL)
            let schema = #"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}"#
            let gateway = try RunningGateway(settings, files: ["schema.json": schema])
            for (index, check) in Self.checks.enumerated() {
                let bad = try gateway.chat("bad \(index)", route: "r\(index)")
                let reason = check.3.hasSuffix("_limit") ? [check.3, "format.regex"] : [check.3]
                #expect(reason.contains(bad.verdict ?? ""), "\(check.0): \(bad.verdict ?? "none")")
                expectFallback(bad, because: bad.verdict ?? "")
                #expect(bad["x-understudy-checks"] == "pass")
                let good = try gateway.chat("good \(index)", route: "r\(index)")
                #expect((good.answeredBy, good.verdict) == ("small", "accept"), "\(check.0)")
                #expect(good.says() == check.good)
            }
            await simulator.stop()
        }

        @Test func `an answer cut off by its token limit is not finished`() async throws {
            let rule = AnswerRule(reply: .texts(["half a"]), finishReason: "length")
            let simulator = try await Simulator.with(small: ModelScript(answers: [rule]))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "checks: [finished]"))
            expectFallback(try gateway.chat("hello"), because: "format.finished")
            await simulator.stop()
        }

        @Test(arguments: LogprobDefect.allCases)
        func `missing log-probabilities follow the policy and never pass for confidence`(defect: LogprobDefect)
            async throws
        {
            let simulator = try await Simulator.with(small: .broken(.logprobs(defect), says: "a b c d"))
            var settings = TestSettings(at: simulator.baseURL)
            for policy in ["fallback", "accept", "fail"] {
                let rule = "confidence: { score: mean_logprob, threshold: -1, when_missing: \(policy) }"
                settings.route(policy, rule)
            }
            let gateway = try RunningGateway(settings)
            expectFallback(try gateway.chat("hello", route: "fallback"), because: "no_logprobs")
            let accepted = try gateway.chat("hello", route: "accept")
            #expect((accepted.answeredBy, accepted.verdict) == ("small", "accept"))
            #expect(accepted["x-understudy-confidence"] == nil)
            let failed = try gateway.chat("hello", route: "fail")
            #expect((failed.status, failed.error?["code"]?.string) == (502, "no_logprobs"))
            #expect(failed["x-should-retry"] == "false")
            #expect(simulator.calls["large"].calls == 1)
            await simulator.stop()
        }

        private static let tools =
            #""tools":[{"type":"function","function":{"name":"find","parameters":{"type":"object","#
            + #""properties":{"n":{"type":"integer"}},"required":["n"]}}}]"#

        @Test
        func `tool calls without log-probabilities pass where the policy says so, and their arguments are checked`()
            async throws
        {
            let simulator = try await Simulator.with(
                small: .table([
                    (when: "good", says: .toolCalls([.init(name: "find", arguments: #"{"n":1}"#)])),
                    (when: "bad", says: .toolCalls([.init(name: "find", arguments: #"{"n":"x"}"#)])),
                ]),
                large: .table([(when: "", says: .toolCalls([.init(name: "find", arguments: #"{"n":2}"#)]))])
            )
            let rule =
                "confidence: { score: min_logprob, threshold: -1, when_missing: { text: fallback, tools: accept } }"
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, rule, "checks: [finished]"))
            let good = try gateway.chat("good", Self.tools)
            #expect((good.answeredBy, good.verdict) == ("small", "accept"))
            let call = good.json["choices"]?[0]?["message"]?["tool_calls"]?[0]?["function"]
            #expect(call?["arguments"]?.string == #"{"n":1}"#)
            #expect(good.json["choices"]?[0]?["finish_reason"]?.string == "tool_calls")
            let bad = try gateway.chat("bad", Self.tools)
            #expect(bad.answeredBy == "large")
            #expect(bad.verdict?.hasPrefix("format.json") == true, "\(bad.verdict ?? "none")")
            await simulator.stop()
        }

        @Test func `a refusal is an answer that is not cached, or a fallback, as the route says`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(answers: [.init(reply: .refusal("I will not."))])
            )
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.route("strict", "on_refusal: fallback")
            let gateway = try RunningGateway(settings)
            for _ in 1...2 {
                let given = try gateway.chat("hello")
                #expect((given.answeredBy, given.verdict, given.cache) == ("small", "accept", "miss"))
                #expect(given.json["choices"]?[0]?["message"]?["refusal"]?.string == "I will not.")
            }
            expectFallback(try gateway.chat("hello", route: "strict"), because: "refusal")
            await simulator.stop()
        }
    }
}
