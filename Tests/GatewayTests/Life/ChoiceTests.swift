import JSON
import Simulation
import Testing

extension SystemTests {
    /// Who is asked first: rules, the client's wish, an untrained model, a ceiling on spending.
    struct ChoiceTests {
        @Test func `use small gives small's answer with its verdict, uncached and without a candidate`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "well", logprob: -3))
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, "confidence: { score: min_logprob, threshold: -1 }")
            )
            for _ in 1...2 {
                let answer = try gateway.chat("hello", headers: ["x-understudy-use": "small"])
                #expect((answer.answeredBy, answer.verdict, answer.cache) == ("small", "low_confidence", "bypass"))
                #expect(answer["x-understudy-fallback-reason"] == nil)
            }
            #expect((simulator.calls["small"].calls, simulator.calls["large"].calls) == (2, 0))
            let large = try gateway.chat("hello", headers: ["x-understudy-use": "large"])
            #expect((large.answeredBy, large.verdict) == ("large", "client"))
            #expect(large["x-understudy-fallback-reason"] == nil, "the client chose, so nothing fell back")
            #expect(simulator.calls["small"].calls == 2)
            let kept = try gateway.candidates(atLeast: 1)
            #expect(kept.map { $0["reason"]?.string } == ["client"])
            await simulator.stop()
        }

        @Test func `a key without the permission is served as if it had not asked`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "well", logprob: -3))
            var settings = TestSettings(at: simulator.baseURL, "confidence: { score: min_logprob, threshold: -1 }")
            settings.server = ["keys: keys.yaml"]
            let keys = TestKeys(("plain", ""), ("free", "may: [use, no-cache]"))
            let gateway = try RunningGateway(settings, files: ["keys.yaml": keys.yaml])
            let wish = ["x-understudy-use": "small"]
            #expect(try gateway.chat("hello", headers: wish.merging(keys["plain"]) { $1 }).answeredBy == "large")
            #expect(try gateway.chat("hello", headers: wish.merging(keys["free"]) { $1 }).answeredBy == "small")
            await simulator.stop()
        }

        @Test func `a route whose small model is not trained yet works with large, and harvests`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings()
            settings.models.append("small: { base_url: '\(simulator.baseURL)', api: completions }")
            settings.model("large", at: simulator.baseURL)
            settings.route("main", "prompt: { small: p.mustache }")
            settings.route("alone", small: nil)
            let gateway = try RunningGateway(settings, files: ["p.mustache": "{{input}} ->"])
            for route in ["main", "alone"] {
                let answer = try gateway.chat("hello", route: route)
                #expect((answer.answeredBy, answer.verdict) == ("large", "no_small"), "\(route)")
            }
            let kept = try gateway.candidates(atLeast: 2)
            #expect(kept.allSatisfy { $0["reason"]?.string == "no_small" && $0["small"]?.isNull == true })
            let main = kept.first { $0["route"]?.string == "main" }
            #expect(
                main?["prompt"]?["small"]?.string == "hello ->",
                "what small would have been asked is what it learns from"
            )
            #expect(try gateway.chat("hello").cache == "hit")
            await simulator.stop()
        }

        @Test func `rules choose by length, header and share, the first that matches`() async throws {
            let simulator = try await Simulator.with(["next": ModelScript(says: "from next")])
            var settings = TestSettings(at: simulator.baseURL)
            settings.model("next", at: simulator.baseURL)
            settings.route(
                "ruled",
                """
                rules: [{ when: { input_chars: { over: 20 } }, use: large }, \
                { when: { header: { x-tier: gold } }, use: large }, { when: { header: { x-try: 'yes' } }, small: next }]
                """
            )
            settings.route("shared", "rules: [{ when: { share: 50% }, small: next }]")
            let gateway = try RunningGateway(settings)
            let long = try gateway.chat("a question of many, many letters", route: "ruled")
            #expect((long.answeredBy, long.verdict, long["x-understudy-fallback-reason"]) == ("large", "rule", "rule"))
            #expect(try gateway.chat("short", route: "ruled").answeredBy == "small")
            #expect(try gateway.chat("short", route: "ruled", headers: ["x-tier": "gold"]).verdict == "rule")
            let tried = try gateway.chat("short", route: "ruled", headers: ["x-try": "yes"])
            #expect((tried["x-understudy-model"], tried.cache) == ("next", "miss"), "another version is another key")
            let client = try gateway.client()
            let models = try (1...40).map { try client.chat("question \($0)", route: "shared")["x-understudy-model"] }
            let again = try (1...40).map { try client.chat("question \($0)", route: "shared")["x-understudy-model"] }
            #expect(models == again)
            #expect(Set(models) == ["small", "next"])
            await simulator.stop()
        }

        @Test func `over the spending ceiling the large model is not asked`() async throws {
            let simulator = try await Simulator.with(
                small: .table(
                    [(when: "form", says: .texts(["{"])), (when: "", says: .texts(["1"]))],
                    logprobs: .unsure
                ),
                large: ModelScript(says: "2")
            )
            let rule = "confidence: { score: min_logprob, threshold: -1 }, checks: [json]"
            var settings = TestSettings(at: simulator.baseURL, rule, "spend: { large: 0.0000001 USD, per: 1h }")
            settings.route("strict", rule, "spend: { large: 0.0000001 USD, per: 1h, when_over: error }")
            let gateway = try RunningGateway(settings)
            for route in ["main", "strict"] {
                #expect(try gateway.chat("first", route: route).answeredBy == "large")
            }
            let spared = try gateway.chat("second")
            #expect((spared.status, spared.answeredBy, spared.verdict) == (200, "small", "spend"))
            #expect(try gateway.chat("second").cache == "miss", "what large did not get to see is not stored")
            for refused in [try gateway.chat("form"), try gateway.chat("second", route: "strict")] {
                #expect((refused.status, refused.error?["code"]?.string) == (429, "spend_limit_exceeded"))
            }
            #expect(simulator.calls["large"].calls == 2)
            #expect(try gateway.metric("understudy_spend_refusals_total") == 4)
            await simulator.stop()
        }
    }
}

extension Simulator {
    fileprivate static func with(_ others: [String: ModelScript]) async throws -> Simulator {
        try await with(small: ModelScript(says: "from small"), others)
    }
}

extension LogprobScript {
    fileprivate static let unsure = LogprobScript(base: .fixed(-3))
}
