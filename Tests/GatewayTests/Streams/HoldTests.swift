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

        @Test(arguments: [LogprobDefect.missing, .null, .nulls, .empty])
        func `nothing is given of an answer without scores, unless it may do without`(_ defect: LogprobDefect)
            async throws
        {
            let small = ModelScript(says: "a b c d", faults: [.init(.logprobs(defect))])
            let simulator = try await Simulator.with(small: small)
            let rule = "score: min_logprob, threshold: -1"
            var settings = settings(simulator, "confidence: { \(rule) }")
            settings.route("strict", "hold: 2, let_run: 0%, confidence: { \(rule), when_missing: fail }")
            settings.route("lenient", "hold: 2, confidence: { \(rule), when_missing: accept }")
            let gateway = try RunningGateway(settings)
            let answer = try gateway.streamedChat("hello")
            #expect((answer.head.answeredBy, answer.head.verdict) == ("large", "no_logprobs"))
            #expect(answer.says() == "from large")
            #expect(try gateway.streamedChat("hello", route: "strict").head.status == 502)
            #expect(try gateway.streamedChat("hello", route: "lenient").says() == "a b c d")
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

        @Test func `a refusal is held where it falls back`() async throws {
            let refusal = ModelScript(answers: [AnswerRule(reply: .refusal("I will not do any of that"))])
            let simulator = try await Simulator.with(small: refusal)
            var settings = settings(simulator, "on_refusal: fallback")
            settings.route("given", "hold: 2")
            let gateway = try RunningGateway(settings)
            let answer = try gateway.streamedChat("hello")
            #expect((answer.head.answeredBy, answer.head.verdict) == ("large", "refusal"))
            let given = try gateway.streamedChat("hello", route: "given")
            #expect((given.head.answeredBy, given.isDone) == ("small", true))
            let words = given.chunks.compactMap { $0["choices"]?[0]?["delta"]?["refusal"]?.string }.joined()
            #expect(words == "I will not do any of that")
            await simulator.stop()
        }

        @Test func `with several choices, each has its tokens or has ended`() async throws {
            let good = ModelScript(answers: [AnswerRule(reply: .texts(["a", "a b c d", "a b c"]))])
            // The last one's second token is the last of all that are needed.
            let bad = ModelScript(answers: [AnswerRule(reply: .texts(["a", "a b c d", "a x c"]))])
            let simulator = try await Simulator.with(small: good, ["bad": bad])
            var settings = settings(simulator, "checks: [{ regex: '^[a-d ]+$' }]")
            settings.model("bad", at: simulator.baseURL)
            settings.route("bad", small: "bad", "hold: 2", "checks: [{ regex: '^[a-d ]+$' }]")
            let gateway = try RunningGateway(settings)
            let answer = try gateway.streamedChat("hello", #""n":3"#)
            #expect((answer.head.answeredBy, answer.head.verdict) == ("small", nil))
            #expect((0...2).map { answer.says($0) } == ["a", "a b c d", "a b c"])
            #expect(answer.note?["verdict"]?.string == "accept")
            let fallback = try gateway.streamedChat("hello", route: "bad", #""n":3"#)
            #expect((fallback.head.answeredBy, fallback.head.verdict) == ("large", "format.regex"))
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
