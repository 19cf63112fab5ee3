import JSON
import Simulation
import Testing

extension SystemTests {
    /// What is drawn at random and compared, off the client's path.
    struct AuditTests {
        private func audited(_ gateway: RunningGateway) throws -> [JSONTree] {
            try gateway.admin().get("/admin/v1/candidates?status=audited&limit=1000").json["data"]?.array ?? []
        }

        private func results(_ gateway: RunningGateway, _ result: String) throws -> Double {
            try gateway.metric(#"understudy_audits_total{route="main",result="\#(result)"}"#)
        }

        private func isIdle(_ gateway: RunningGateway) throws -> Bool {
            try gateway.metric(#"understudy_queue_depth{queue="audit"}"#) == 0
        }

        @Test func `that both agree is kept with its draw, and is no work for anybody`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "yes"), large: ModelScript(says: "yes"))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "audit: 100%"))
            #expect(try gateway.chat("hello").answeredBy == "small")
            #expect(try becomes { try results(gateway, "agree") == 1 })
            #expect(try becomes { try audited(gateway).count == 1 })
            let kept = try #require(try audited(gateway).first)
            #expect(kept["source"]?.string == "audit")
            #expect(kept["reason"]?.string == "accept")
            #expect(kept["audit"]?["draw"]?.string == "random")
            #expect(kept["audit"]?["probability"]?.double == 1)
            #expect(kept["audit"]?["result"]?.string == "agree")
            for model in ["small", "large"] {
                let message = kept[model]?["choices"]?[0]?["message"]
                #expect(message?["content"]?.string == "yes")
            }
            #expect(try gateway.candidates().isEmpty)
            // Neither judged nor asked: nothing to audit.
            #expect(try gateway.chat("hello").cache == "hit")
            #expect(try isIdle(gateway))
            #expect(simulator.calls["large"].calls == 1)
            #expect(try gateway.metric(#"understudy_cost_usd_total{model="large",role="large"}"#) > 0)
            await simulator.stop()
        }

        @Test func `what large contradicts becomes a candidate, and is not given from the cache again`() async throws {
            let redis = try RealRedis()
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL, "audit: 100%")
            settings.cache.append("redis: '\(redis.url)'")
            let gateway = try RunningGateway(settings)
            #expect(try gateway.chat("hello").says() == "from small")
            let candidate = try #require(try gateway.candidates(atLeast: 1).first)
            #expect(candidate["source"]?.string == "audit")
            #expect(candidate["reason"]?.string == "accept")
            #expect(candidate["status"]?.string == "new")
            #expect(candidate["audit"]?["result"]?.string == "contradict")
            #expect(try gateway.metric(#"understudy_candidates_total{route="main",reason="accept"}"#) == 1)
            let again = try gateway.chat("hello")
            #expect((again.answeredBy, again.cache) == ("small", "miss"))
            #expect(try becomes { try results(gateway, "contradict") == 2 })
            await simulator.stop()
        }

        @Test func `another gateway on the same store forgets the answer too`() async throws {
            let simulator = try await Simulator.with()
            let directory = try TestDirectory()
            func settings(_ audit: String) -> TestSettings {
                var settings = TestSettings(at: simulator.baseURL, audit)
                settings.store = "\(directory.path)/shared.db"
                return settings
            }
            let quiet = try RunningGateway(settings("audit: 0%"))
            let auditing = try RunningGateway(settings("audit: 100%"))
            #expect(try quiet.chat("hello").cache == "miss")
            #expect(try quiet.chat("hello").cache == "hit")
            #expect(try auditing.chat("hello").cache == "miss")
            #expect(try becomes { try quiet.chat("hello").cache == "miss" })
            await simulator.stop()
        }

        @Test func `nothing is audited that must not be kept`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL, "audit: 100%")
            settings.route("never", "audit: 100%", "harvest: never")
            settings.route("asked", "audit: 100%", "harvest: opt_in")
            let gateway = try RunningGateway(settings)
            #expect(try gateway.chat("hello", #""store":false"#).answeredBy == "small")
            #expect(try gateway.chat("hello", route: "never").answeredBy == "small")
            #expect(try gateway.chat("hello", route: "asked").answeredBy == "small")
            #expect(try gateway.chat("hello", route: "asked", #""store":true"#).cache == "hit")
            #expect(try gateway.chat("hi", route: "asked", #""store":true"#).answeredBy == "small")
            #expect(try gateway.candidates(atLeast: 1).count == 1)
            #expect(simulator.calls["large"].calls == 1)
            await simulator.stop()
        }

        @Test func `half of the ceiling on spending stops them, and what they cost counts`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, "audit: 100%", "spend: { large: 0.000001 USD, per: 1000d }")
            )
            #expect(try gateway.chat("one").answeredBy == "small")
            #expect(try becomes { try results(gateway, "contradict") == 1 })
            #expect(try gateway.metric(#"understudy_spend_usd{route="main"}"#) > 0.000001)
            #expect(try gateway.chat("two").answeredBy == "small")
            #expect(try isIdle(gateway))
            #expect(simulator.calls["large"].calls == 1)
            await simulator.stop()
        }

        @Test func `the end of the gateway cancels them`() async throws {
            let simulator = try await Simulator.with(large: .broken(.hold))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "audit: 100%"))
            #expect(try gateway.chat("one").answeredBy == "small")
            #expect(await simulator.wait { $0["large"].inFlight == 1 })
            gateway.process.signal(15)
            #expect(await simulator.wait { $0["large"].cancelled == 1 })
            #expect(gateway.process.waitForExit() == 0)
            await simulator.stop()
        }

        @Test func `clients come first: an audit waits while its model is busy`() async throws {
            let simulator = try await Simulator.with(
                small: .table([("unsure", .texts(["{"])), ("sure", .texts(["[1]"]))]),
                large: ModelScript(
                    says: "[1]",
                    faults: [ScriptedFault(.hold, FaultTrigger(contains: "unsure"))]
                )
            )
            var settings = TestSettings()
            settings.model("small", at: simulator.baseURL)
            settings.model("large", at: simulator.baseURL, "max_in_flight: 1")
            settings.route("main", "checks: [json]", "audit: 100%")
            let gateway = try RunningGateway(settings)
            let client = try gateway.client()
            try client.send("POST", "/v1/chat/completions", Array(chatBody("unsure").utf8))
            #expect(await simulator.wait { $0["large"].inFlight == 1 })
            #expect(try gateway.chat("sure").answeredBy == "small")
            #expect(try gateway.metric(#"understudy_queue_depth{queue="audit"}"#) == 1)
            #expect(try gateway.metric(#"understudy_queue_depth{queue="large"}"#) == 0)
            await simulator.release()
            #expect(try client.read().answeredBy == "large")
            #expect(try becomes { try results(gateway, "agree") == 1 })
            await simulator.stop()
        }

        @Test func `a small answer that was cut off is asked for whole`() async throws {
            let small = ModelScript(says: "a b c d e f")
            let simulator = try await Simulator.with(small: small, large: ModelScript(says: "a b"))
            let gateway = try RunningGateway(
                TestSettings(
                    at: simulator.baseURL,
                    "audit: 100%, early_abort: true, let_run: 0%, checks: [{ max_chars: 4 }]"
                )
            )
            let answer = try gateway.chat("hello")
            #expect((answer.answeredBy, answer.verdict) == ("large", "format.max_chars"))
            #expect(try becomes { try results(gateway, "contradict") == 1 })
            var candidate = JSONTree.null
            #expect(
                try becomes {
                    candidate = try gateway.candidates(atLeast: 1).first ?? .null
                    return candidate["audit"]?["result"]?.string == "contradict"
                }
            )
            #expect(candidate["source"]?.string == "audit")
            #expect(candidate["reason"]?.string == "format.max_chars")
            #expect(candidate["small"]?["cut"] == .bool(false))
            #expect(candidate["small"]?["choices"]?[0]?["message"]?["content"]?.string == "a b c d e f")
            #expect(try gateway.candidates().count == 1)
            #expect((simulator.calls["small"].calls, simulator.calls["large"].calls) == (2, 1))
            // Its answer is large's, which nobody has contradicted.
            #expect(try gateway.chat("hello").cache == "hit")
            await simulator.stop()
        }

        @Test func `what fails after its beginning was given is audited for certain`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "a b c d e f"))
            let rule = "hold: 2, let_run: 0%, checks: [{ regex: '^a b c$' }]"
            var settings = TestSettings(at: simulator.baseURL, "audit: 0.0001%", rule)
            settings.route("unaudited", rule)
            let gateway = try RunningGateway(settings)
            #expect(try gateway.streamedChat("hello", route: "unaudited").says() == "a b c d e f")
            let given = try gateway.streamedChat("hello")
            #expect((given.head.answeredBy, given.says()) == ("small", "a b c d e f"))
            let candidate = try #require(try gateway.candidates(atLeast: 1).first)
            #expect(candidate["source"]?.string == "audit")
            #expect(candidate["reason"]?.string == "format.regex")
            #expect(candidate["audit"]?["draw"]?.string == "always")
            #expect(candidate["audit"]?["probability"]?.double == 1)
            #expect(candidate["large"]?["choices"]?[0]?["message"]?["content"]?.string == "from large")
            #expect(simulator.calls["large"].calls == 1)
            await simulator.stop()
        }

        @Test func `an answer that is no reference says nothing of agreement`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "[1]"), large: ModelScript(says: "{"))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "audit: 100%, checks: [json]"))
            #expect(try gateway.chat("hello").answeredBy == "small")
            #expect(try becomes { try results(gateway, "failed") == 1 })
            #expect(try becomes { try audited(gateway).count == 1 })
            let kept = try #require(try audited(gateway).first)
            #expect(kept["audit"]?["note"]?.string == "large's answer is no reference: format.json")
            #expect(kept["untrainable"]?.string == "format.json")
            #expect(try gateway.chat("hello").cache == "hit")
            await simulator.stop()
        }

        @Test func `prose is judged by large, asked twice`() async throws {
            let simulator = try await Simulator.with(
                large: .table([("ANSWER A", .texts(["Both will do.\nTIE"])), ("hello", .texts(["from large"]))])
            )
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "audit: 100%, compare: judge"))
            #expect(try gateway.chat("hello").answeredBy == "small")
            #expect(try becomes { try results(gateway, "agree") == 1 })
            #expect(simulator.calls["large"].calls == 3)
            #expect(simulator.lastBody(to: "large").contains("from small"))
            await simulator.stop()
        }

        @Test func `a command says whether both mean the same`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(says: "SAME"),
                large: .table([("other", .texts(["different"])), ("hello", .texts(["same"]))])
            )
            let script = #"test "$(echo "$1" | tr A-Z a-z)" = "$2""#
            let gateway = try RunningGateway(
                TestSettings(
                    at: simulator.baseURL,
                    "audit: 100%",
                    "compare: { dsl: { run: [sh, -c, '\(script.replacing("$", with: "$$"))', compare] } }"
                )
            )
            #expect(try gateway.chat("hello").answeredBy == "small")
            #expect(try becomes { try results(gateway, "agree") == 1 })
            #expect(try gateway.chat("other").answeredBy == "small")
            #expect(try becomes { try results(gateway, "contradict") == 1 })
            await simulator.stop()
        }
    }
}
