import Harvest
import JSON
import Simulation
import Testing

extension SystemTests {
    /// What cuts small off: every score, every choice, calls of tools, both dialects.
    struct EarlyAbortRuleTests {
        /// Says a to h, stalls after so many events, and is sure of all tokens but those at the places.
        private func model(_ stall: Int?, _ doubts: [Int: Double], says text: String = "a b c d e f g h") -> ModelScript
        {
            var script = ModelScript(says: text)
            script.logprobs = LogprobScript(
                base: .fixed(-0.1),
                places: doubts.map { .init(token: $0.key, score: .value($0.value)) }
            )
            if let stall { script.faults = [ScriptedFault(.stream(.stall(after: stall, for: nil)))] }
            return script
        }

        private func gateway(_ simulator: Simulator, _ extra: String..., smallAPI: String = "chat") throws
            -> RunningGateway
        {
            let members = ["early_abort: true", "let_run: 0%"] + extra
            return try RunningGateway(
                TestSettings(at: simulator.baseURL, members.joined(separator: ", "), smallAPI: smallAPI),
                files: ["small.mustache": "{{input}}"]
            )
        }

        @Test(arguments: [
            "{ score: mean_logprob, threshold: -0.5 }", "{ score: quantile_logprob, quantile: 0.5, threshold: -0.5 }",
            "{ score: first_token_logprob, threshold: -0.5 }", "{ score: margin, threshold: 8 }",
        ])
        func `each score cuts off what cannot reach its threshold`(confidence: String) async throws {
            // Of at most eight tokens five are hopeless.
            let doubts = Dictionary(uniqueKeysWithValues: (1...6).map { ($0, -4.0) })
            let simulator = try await Simulator.with(small: model(7, doubts))
            let gateway = try gateway(simulator, "confidence: \(confidence)")
            let answer = try gateway.chat("hello", #""max_tokens":8"#)
            #expect((answer.answeredBy, answer.verdict) == ("large", "low_confidence"))
            #expect(await simulator.wait { $0["small"].cancelled == 1 })
            let candidate = try #require(try gateway.candidates(atLeast: 1).first)
            #expect(candidate["small"]?["cut"]?.bool == true)
            await simulator.stop()
        }

        @Test func `a mean without a known limit is judged whole`() async throws {
            let simulator = try await Simulator.with(small: model(nil, [1: -30, 2: -30]))
            let gateway = try gateway(simulator, "confidence: { score: mean_logprob, threshold: -0.5 }")
            #expect(try gateway.chat("hello").verdict == "low_confidence")
            #expect((simulator.calls["small"].cancelled, simulator.calls["small"].answered) == (0, 1))
            #expect(try gateway.candidates(atLeast: 1).first?["small"]?["cut"]?.bool == false)
            await simulator.stop()
        }

        @Test func `any of n choices cuts off all`() async throws {
            var small = model(nil, [:])
            small.answers = [AnswerRule(reply: .texts(["a a a a", "b b b b", "x x x x"]))]
            small.faults = [ScriptedFault(.stream(.stall(after: 8, for: nil)))]
            let simulator = try await Simulator.with(small: small, large: ModelScript(says: "a"))
            let gateway = try gateway(simulator, "checks: [{ regex: '^[ab ]+$' }]")
            let answer = try gateway.chat("hello", #""n":3"#)
            #expect((answer.answeredBy, answer.verdict) == ("large", "format.regex"))
            #expect(answer.json["choices"]?.array?.count == 3)
            #expect(await simulator.wait { $0["small"].cancelled == 1 })
            let streamed = try gateway.streamedChat("hello, streamed", #""n":3"#)
            #expect((0...2).allSatisfy { streamed.says($0) == "a" && streamed.finishReason($0) == "stop" })
            await simulator.stop()
        }

        @Test func `a completion's stream is judged as a chat's`() async throws {
            let simulator = try await Simulator.with(small: model(4, [3: -5]))
            let gateway = try gateway(
                simulator,
                "confidence: { score: min_logprob, threshold: -1 }",
                "prompt: { small: small.mustache }",
                smallAPI: "completions"
            )
            let answer = try gateway.complete("hello")
            #expect((answer.answeredBy, answer.verdict) == ("large", "low_confidence"))
            #expect(await simulator.wait { $0["small"].cancelled == 1 })
            #expect(try gateway.candidates(atLeast: 1).first?["small"]?["cut_at"]?.int == 3)
            await simulator.stop()
        }

        @Test func `over values, only tokens of values count`() async throws {
            let text = #"{"a":1,"b":2}"#
            // { " a " : 1 , " b " : 2 }
            var sure = model(nil, [1: -9, 5: -9, 7: -9], says: text)
            var unsure = model(7, [6: -9], says: text)
            sure.answers = [AnswerRule(reply: .texts([text]))]
            unsure.answers = sure.answers
            let simulator = try await Simulator.with(["sure": sure, "unsure": unsure])
            var settings = TestSettings()
            for name in ["sure", "unsure", "large"] { settings.model(name, at: simulator.baseURL) }
            for name in ["sure", "unsure"] {
                settings.route(
                    name,
                    small: name,
                    "early_abort: true",
                    "let_run: 0%",
                    "checks: [json]",
                    "confidence: { score: min_logprob, threshold: -1, over: values }"
                )
            }
            let gateway = try RunningGateway(settings)
            #expect(try gateway.chat("hello", route: "sure").verdict == "accept")
            #expect(try gateway.chat("hello", route: "unsure").verdict == "low_confidence")
            #expect(await simulator.wait { $0["unsure"].cancelled == 1 })
            await simulator.stop()
        }

        @Test func `a call of a tool is judged by its arguments as they come`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(
                    answers: [
                        AnswerRule(
                            when: .contains("good"),
                            reply: .toolCalls([ScriptedToolCall(name: "weather", arguments: #"{"city":"Rome"}"#)])
                        ),
                        AnswerRule(
                            reply: .toolCalls([ScriptedToolCall(name: "weather", arguments: #"{"city":7,"more":"x"}"#)])
                        ),
                    ]
                )
            )
            let gateway = try gateway(
                simulator,
                "confidence: { score: min_logprob, threshold: -1, when_missing: { tools: accept } }"
            )
            let tools =
                #""tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","#
                + #""properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}}]"#
            let good = try gateway.chat("good", tools)
            #expect((good.answeredBy, good.verdict) == ("small", "accept"))
            let call = good.json["choices"]?[0]?["message"]?["tool_calls"]?[0]?["function"]
            #expect((call?["name"]?.string, call?["arguments"]?.string) == ("weather", #"{"city":"Rome"}"#))
            let bad = try gateway.chat("bad", tools)
            #expect(bad.answeredBy == "large")
            #expect(bad.verdict?.hasPrefix("format.") == true)
            let streamed = try gateway.streamedChat("good", tools)
            #expect(streamed.head.cache == "hit")
            #expect(streamed.finishReason() == "tool_calls")
            await simulator.stop()
        }

        @Test func `log-probabilities that do not come are what when_missing says`() async throws {
            let missing = ModelScript.broken(.logprobs(.missing), says: "a b c d")
            let simulator = try await Simulator.with(small: missing)
            var settings = TestSettings()
            settings.model("small", at: simulator.baseURL)
            settings.model("large", at: simulator.baseURL)
            for policy in ["fallback", "accept", "fail"] {
                settings.route(
                    policy,
                    "early_abort: true",
                    "let_run: 0%",
                    "confidence: { score: min_logprob, threshold: -1, when_missing: \(policy) }"
                )
            }
            let gateway = try RunningGateway(settings)
            let fallback = try gateway.chat("hello", route: "fallback")
            #expect((fallback.answeredBy, fallback.verdict) == ("large", "no_logprobs"))
            #expect(try gateway.chat("hello", route: "accept").answeredBy == "small")
            let failed = try gateway.chat("hello", route: "fail")
            #expect((failed.status, failed.error?["code"]?.string) == (502, "no_logprobs"))
            #expect(simulator.calls["large"].calls == 1)
            await simulator.stop()
        }

        @Test func `record, access log and candidate say that small was cut, and at which token`() async throws {
            let simulator = try await Simulator.with(small: model(5, [3: -5]))
            let gateway = try gateway(simulator, "confidence: { score: min_logprob, threshold: -1 }")
            #expect(try gateway.chat("hello").answeredBy == "large")
            #expect(becomes { gateway.accessLines.contains { $0["small_cut_at"]?.int == 3 } })
            #expect(try becomes { try gateway.records().count == 1 })
            let record = try #require(try gateway.records().first)
            #expect(record.flags.contains(.smallCut))
            #expect((record.small, record.smallCutAt) == (.cancelled, 3))
            #expect(record.smallCost.isNaN)
            await simulator.stop()
        }

        @Test func `an answer that is let run is counted as asked, also where large is quicker`() async throws {
            let simulator = try await Simulator.with(small: model(5, [3: -5]))
            let gateway = try RunningGateway(
                TestSettings(
                    at: simulator.baseURL,
                    "early_abort: true",
                    "let_run: 100%",
                    "confidence: { score: min_logprob, threshold: -1 }"
                )
            )
            #expect(try gateway.chat("hello").answeredBy == "large")
            #expect((simulator.calls["small"].inFlight, simulator.calls["small"].cancelled) == (1, 0))
            await simulator.release()
            #expect(await simulator.wait { $0["small"].answered == 1 })
            #expect(try becomes { try gateway.metric(#"understudy_tokens_total{model="small"#) > 0 })
            await simulator.stop()
        }
    }
}
