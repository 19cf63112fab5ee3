import JSON
import Simulation
import Testing

extension SystemTests {
    /// Small is judged while it streams, and cut off the moment it cannot pass.
    struct EarlyAbortTests {
        /// Small says "a b c d e f" and never ends by itself.
        private func stalled(after events: Int, _ script: ModelScript) -> ModelScript {
            var script = script
            script.faults = [ScriptedFault(.stream(.stall(after: events, for: nil)))]
            return script
        }

        @Test func `a token below the threshold cuts small off, and large answers`() async throws {
            var small = ModelScript(says: "a b c d e f g h")
            small.logprobs = LogprobScript(base: .fixed(-0.1), places: [.init(token: 3, score: .value(-5))])
            let simulator = try await Simulator.with(small: stalled(after: 5, small))
            let gateway = try RunningGateway(
                TestSettings(
                    at: simulator.baseURL,
                    "early_abort: true",
                    "let_run: 0%",
                    "confidence: { score: min_logprob, threshold: -1 }"
                )
            )
            let answer = try gateway.chat("hello")
            #expect((answer.answeredBy, answer.verdict) == ("large", "low_confidence"))
            #expect(await simulator.wait { $0["small"].cancelled == 1 })
            let candidate = try #require(try gateway.candidates(atLeast: 1).first)
            #expect(candidate["small"]?["cut"]?.bool == true)
            #expect(candidate["small"]?["cut_at"]?.int == 3)
            #expect(candidate["reason"]?.string == "low_confidence")
            await simulator.stop()
        }

        @Test func `a prefix that no label has, and JSON that cannot become valid, cut small off`() async throws {
            let simulator = try await Simulator.with(small: stalled(after: 4, ModelScript(says: "x y z u v w")))
            var settings = TestSettings()
            settings.model("small", at: simulator.baseURL)
            settings.model("large", at: simulator.baseURL)
            settings.route("label", "early_abort: true", "let_run: 0%", "checks: [{ one_of: [a, b] }]")
            settings.route("json", "early_abort: true", "let_run: 0%", "checks: [json]")
            settings.route("length", "early_abort: true", "let_run: 0%", "checks: [{ max_chars: 3 }]")
            settings.route("pattern", "early_abort: true", "let_run: 0%", "checks: [{ regex: '^[a-c]+$' }]")
            let gateway = try RunningGateway(settings)
            for (route, reason) in [
                ("label", "format.one_of"), ("json", "format.json"), ("length", "format.max_chars"),
                ("pattern", "format.regex"),
            ] {
                let answer = try gateway.chat("hello", route: route)
                #expect((answer.answeredBy, answer.verdict) == ("large", reason))
            }
            #expect(await simulator.wait { $0["small"].cancelled == 4 })
            await simulator.stop()
        }

        @Test func `a good answer passes, is cached, and says what a whole one would`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: #"{"a": [1, 2]}"#))
            let gateway = try RunningGateway(
                TestSettings(
                    at: simulator.baseURL,
                    "early_abort: true",
                    "checks: [finished, json]",
                    "confidence: { score: min_logprob, threshold: -1 }"
                )
            )
            for round in 1...2 {
                let answer = try gateway.chat("hello")
                #expect(answer.says() == #"{"a": [1, 2]}"#)
                #expect(answer.verdict == "accept")
                #expect(answer.cache == (round == 1 ? "miss" : "hit"))
                #expect(answer["x-understudy-confidence"] == "-0.0500")
                #expect(answer.json["usage"]?["completion_tokens"]?.int ?? 0 > 0)
                #expect(answer.json["choices"]?[0]?["logprobs"]?.isNull ?? true)
            }
            let asked = try gateway.chat("with tokens", #""logprobs":true"#)
            #expect(asked.json["choices"]?[0]?["logprobs"]?["content"]?.array?.isEmpty == false)
            #expect((simulator.calls["small"].streamed, simulator.calls["large"].calls) == (2, 0))
            await simulator.stop()
        }

        @Test func `what is let run is read to its end, and its candidate has it whole`() async throws {
            var small = ModelScript(says: "a b c d")
            small.logprobs = LogprobScript(base: .fixed(-5))
            let simulator = try await Simulator.with(small: small, large: .broken(.hold))
            let gateway = try RunningGateway(
                TestSettings(
                    at: simulator.baseURL,
                    "early_abort: true",
                    "let_run: 100%",
                    "confidence: { score: min_logprob, threshold: -1 }"
                )
            )
            let client = try gateway.client()
            try client.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0["small"].answered == 1 && $0["large"].inFlight == 1 })
            #expect(try gateway.hasBegunEverything())
            await simulator.release()
            #expect(try client.read().verdict == "low_confidence")
            let candidate = try #require(try gateway.candidates(atLeast: 1).first)
            #expect(candidate["small"]?["cut"]?.bool == false)
            #expect(candidate["small"]?["choices"]?[0]?["message"]?["content"]?.string == "a b c d")
            #expect(simulator.calls["small"].cancelled == 0)
            await simulator.stop()
        }

        @Test func `a cut answer is never given, also where large fails`() async throws {
            var small = ModelScript(says: "a b c d")
            small.logprobs = LogprobScript(base: .fixed(-5))
            let simulator = try await Simulator.with(small: stalled(after: 3, small), large: .broken(.status(500)))
            let gateway = try RunningGateway(
                TestSettings(
                    at: simulator.baseURL,
                    "early_abort: true",
                    "let_run: 0%",
                    "on_large_error: small",
                    "confidence: { score: min_logprob, threshold: -1 }"
                )
            )
            #expect(try gateway.chat("hello").status == 502)
            await simulator.stop()
        }
    }
}
