import JSON
import Simulation
import Testing

extension SystemTests {
    /// `hold: N`: the client sees small's answer from its N-th token on, before the verdict.
    struct HoldTests {
        private func settings(_ simulator: Simulator, _ extra: String...) -> TestSettings {
            var settings = TestSettings()
            settings.model("small", at: simulator.baseURL)
            settings.model("large", at: simulator.baseURL)
            settings.routes.append(
                "main: { small: small, large: large, hold: 2, let_run: 0%, \(extra.joined(separator: ", ")) }"
            )
            return settings
        }

        @Test func `the first tokens are judged, the rest is passed through, and the verdict follows`() async throws {
            var small = ModelScript(says: "a b c d")
            small.faults = [ScriptedFault(.stream(.stall(after: 4, for: nil)))]
            let simulator = try await Simulator.with(small: small)
            let gateway = try RunningGateway(settings(simulator, "confidence: { score: min_logprob, threshold: -1 }"))
            let reader = try gateway.streamChat("hello")
            let head = try reader.readHead()
            #expect((head.answeredBy, head.verdict, head["x-understudy-confidence"]) == ("small", nil, nil))
            try reader.read(events: 3)
            await simulator.release()
            let answer = try reader.readAll()
            #expect((answer.says(), answer.isDone) == ("a b c d", true))
            #expect(answer.note?["verdict"]?.string == "accept")
            #expect(answer.note?["answered_by"]?.string == "small")
            #expect(try gateway.chat("hello").cache == "hit")
            await simulator.stop()
        }

        @Test func `what fails among the first tokens falls back, and nobody has seen it`() async throws {
            var small = ModelScript(says: "a b c d")
            small.logprobs = LogprobScript(base: .fixed(-0.1), places: [.init(token: 2, score: .value(-5))])
            let simulator = try await Simulator.with(small: small)
            let gateway = try RunningGateway(settings(simulator, "confidence: { score: min_logprob, threshold: -1 }"))
            let answer = try gateway.streamedChat("hello")
            #expect((answer.head.answeredBy, answer.says()) == ("large", "from large"))
            await simulator.stop()
        }

        @Test func `an answer shorter than that is judged whole, and falls back`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "a b c"))
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, "hold: 16, let_run: 0%, checks: [{ min_chars: 20 }]")
            )
            let answer = try gateway.streamedChat("hello")
            #expect((answer.head.answeredBy, answer.head.verdict) == ("large", "format.min_chars"))
            #expect((answer.says(), answer.isDone) == ("from large", true))
            await simulator.stop()
        }

        @Test func `what fails later is given to its end, said in a comment, and not cached`() async throws {
            var small = ModelScript(says: "a b c d")
            small.logprobs = LogprobScript(base: .fixed(-0.1), places: [.init(token: 4, score: .value(-5))])
            let simulator = try await Simulator.with(small: small)
            let gateway = try RunningGateway(settings(simulator, "confidence: { score: min_logprob, threshold: -1 }"))
            let answer = try gateway.streamedChat("hello")
            #expect((answer.head.answeredBy, answer.says(), answer.isDone) == ("small", "a b c d", true))
            #expect(answer.note?["verdict"]?.string == "low_confidence")
            #expect(try gateway.streamedChat("hello").head.cache == "miss")
            #expect(simulator.calls["large"].calls == 0)
            await simulator.stop()
        }

        @Test func `whoever waits for the whole gets large's answer when it fails late`() async throws {
            var small = ModelScript(says: "a b c d")
            small.logprobs = LogprobScript(base: .fixed(-0.1), places: [.init(token: 4, score: .value(-5))])
            small.faults = [ScriptedFault(.stream(.stall(after: 3, for: nil)))]
            let simulator = try await Simulator.with(small: small)
            let gateway = try RunningGateway(settings(simulator, "confidence: { score: min_logprob, threshold: -1 }"))
            let reader = try gateway.streamChat("hello")
            _ = try reader.readHead()
            let other = try gateway.client()
            try other.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(try gateway.hasBegunEverything())
            await simulator.release()
            let streamed = try reader.readAll()
            #expect((streamed.says(), streamed.note?["verdict"]?.string) == ("a b c d", "low_confidence"))
            let whole = try other.read()
            #expect((whole.answeredBy, whole.verdict, whole.says()) == ("large", "low_confidence", "from large"))
            await simulator.stop()
        }

        @Test func `a stream that breaks before the commit falls back, after it the client is told`() async throws {
            var early = ModelScript(says: "a b c d")
            early.faults = [ScriptedFault(.stream(.reset(after: 2)))]
            var late = ModelScript(says: "a b c d")
            late.faults = [ScriptedFault(.stream(.reset(after: 4)))]
            let simulator = try await Simulator.with(small: early, ["late": late])
            var settings = settings(simulator, "checks: []")
            settings.model("late", at: simulator.baseURL)
            settings.route("late", small: "late", "hold: 2")
            let gateway = try RunningGateway(settings)
            let fallback = try gateway.streamedChat("hello")
            #expect((fallback.head.answeredBy, fallback.says(), fallback.isDone) == ("large", "from large", true))
            let broken = try gateway.streamedChat("hello", route: "late")
            #expect(broken.head.answeredBy == "small")
            #expect(broken.error?["code"]?.string == "upstream_failed")
            #expect(!broken.isDone)
            await simulator.stop()
        }
    }
}
