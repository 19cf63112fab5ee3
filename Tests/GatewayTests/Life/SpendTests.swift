import JSON
import Simulation
import Testing

extension SystemTests {
    /// Ceilings of what the large model may cost.
    struct SpendTests {
        /// Every exchange falls back; large costs 10 and 20 USD per million tokens, so the first one passes the
        /// ceiling.
        private func settings(at baseURL: String, redis: RealRedis?, per: String = "1000d") -> TestSettings {
            var settings = TestSettings(
                at: baseURL,
                "confidence: { score: min_logprob, threshold: -1 }",
                "checks: [{ one_of: [sure, unsure] }]",
                "cache: { scope: none }",
                "spend: { large: 0.000001 USD, per: \(per), when_over: small }"
            )
            if let redis { settings.cache.append("redis: '\(redis.url)'") }
            return settings
        }

        private func models() -> (small: ModelScript, large: ModelScript) {
            let unsure = AnswerRule(when: .contains("unsure"), reply: .texts(["unsure"]))
            let small = ModelScript(
                answers: [unsure, AnswerRule(reply: .texts(["nonsense"]))],
                logprobs: LogprobScript(base: .fixed(-3))
            )
            return (small, ModelScript(says: "sure"))
        }

        @Test func `what one process spends closes the ceiling of another on the same Redis`() async throws {
            let redis = try RealRedis()
            let models = models()
            let simulator = try await Simulator.with(small: models.small, large: models.large)
            let settings = settings(at: simulator.baseURL, redis: redis)
            let (one, other) = (try RunningGateway(settings), try RunningGateway(settings))
            #expect(try one.chat("first").answeredBy == "large")
            #expect(try becomes { try other.metric("understudy_spend_usd{route=\"main\"}") > 0.000001 })
            #expect(try other.metric("understudy_spend_limit_usd{route=\"main\"}") == 0.000001)
            #expect(
                try other.metric("understudy_spend_usd{route=\"main\"}")
                    == one.metric("understudy_spend_usd{route=\"main\"}")
            )
            // Only its confidence failed: small's answer is given. Nothing may be given of nonsense.
            let unsure = try other.chat("unsure")
            #expect(unsure.answeredBy == "small")
            #expect(unsure.verdict == "spend")
            let refused = try other.chat("nonsense")
            #expect(refused.status == 429)
            #expect(refused.json["error"]?["code"]?.string == "spend_limit_exceeded")
            #expect(refused["retry-after"].flatMap { Int($0) }.map { $0 > 0 } == true)
            #expect(try other.metric("understudy_spend_refusals_total{route=\"main\"}") == 2)
            #expect(simulator.calls["large"].calls == 1)
            for gateway in [one, other] {
                #expect(becomes { gateway.log.contains("spend ceiling reached, large is not asked") })
            }
            _ = try other.chat("unsure again")
            #expect(other.log.split(separator: "\n").filter { $0.contains("spend ceiling") }.count == 1)
            await simulator.stop()
        }

        @Test func `a process that starts anew learns what was spent before`() async throws {
            let redis = try RealRedis()
            let models = models()
            let simulator = try await Simulator.with(small: models.small, large: models.large)
            let gateway = try RunningGateway(settings(at: simulator.baseURL, redis: redis))
            #expect(try gateway.chat("first").answeredBy == "large")
            gateway.process.signal(15)
            #expect(gateway.process.waitForExit() == 0)
            try gateway.restart()
            #expect(try becomes { try gateway.metric("understudy_spend_usd{route=\"main\"}") > 0.000001 })
            #expect(try gateway.chat("nonsense").status == 429)
            await simulator.stop()
        }

        @Test func `a reload with a higher ceiling opens it, and forgets nothing`() async throws {
            let models = models()
            let simulator = try await Simulator.with(small: models.small, large: models.large)
            var settings = settings(at: simulator.baseURL, redis: nil)
            let gateway = try RunningGateway(settings)
            #expect(try gateway.chat("first").answeredBy == "large")
            #expect(try gateway.chat("nonsense").status == 429)
            #expect(becomes { gateway.log.contains("spend ceiling reached") })
            let spent = try gateway.metric("understudy_spend_usd{route=\"main\"}")
            settings.routes = settings.routes.map { $0.replacing("0.000001 USD", with: "5 USD") }
            #expect(try gateway.reload(settings).status == 200)
            #expect(try gateway.metric("understudy_spend_usd{route=\"main\"}") == spent)
            #expect(try gateway.chat("nonsense").answeredBy == "large")
            #expect(becomes { gateway.log.contains("spend ceiling open again") })
            await simulator.stop()
        }
    }
}
