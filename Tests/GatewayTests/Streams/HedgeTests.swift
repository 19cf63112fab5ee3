import Harvest
import JSON
import Simulation
import Testing

extension SystemTests {
    /// Large is started beside a small model that takes long.
    struct HedgeTests {
        private static let held = ModelScript.broken(.hold)

        private func settings(_ simulator: Simulator, _ extra: String..., largeAPI: String = "chat") -> TestSettings {
            let members = ["hedge: { after: 20ms, at_most: 100% }", "let_run: 0%"] + extra
            return TestSettings(at: simulator.baseURL, members.joined(separator: ", "), largeAPI: largeAPI)
        }

        private func slow(_ text: String, _ milliseconds: Int = 400) -> ModelScript {
            ModelScript(says: text, latency: .milliseconds(milliseconds))
        }

        @Test func `large wins whole, small is cancelled, and the candidate has no small answer`() async throws {
            let simulator = try await Simulator.with(small: Self.held)
            let gateway = try RunningGateway(settings(simulator))
            let answer = try gateway.chat("hello")
            #expect((answer.answeredBy, answer.verdict, answer.says()) == ("large", "hedge", "from large"))
            #expect(answer["x-understudy-fallback-reason"] == "hedge")
            #expect(await simulator.wait { $0["small"].cancelled == 1 })
            let candidate = try #require(try gateway.candidates(atLeast: 1).first)
            #expect(candidate["reason"]?.string == "hedge")
            #expect(candidate["small"]?.isNull == true)
            #expect(candidate["status"]?.string == "new")
            #expect(try becomes { try gateway.records().count == 1 })
            let record = try #require(try gateway.records().first)
            #expect(record.flags.isSuperset(of: [.hedged, .harvested]))
            #expect((record.small, record.large) == (.cancelled, .answered))
            #expect(record.smallCost.isNaN && record.largeCost > 0)
            #expect(try gateway.chat("hello").cache == "hit")
            await simulator.stop()
        }

        @Test func `large wins at its first token where the client streams`() async throws {
            let simulator = try await Simulator.with(
                small: Self.held,
                large: .broken(.stream(.stall(after: 2, for: nil)), says: "a b c")
            )
            let gateway = try RunningGateway(settings(simulator))
            let reader = try gateway.streamChat("hello")
            let head = try reader.readHead()
            #expect((head.answeredBy, head.verdict) == ("large", "hedge"))
            #expect(await simulator.wait { $0["small"].cancelled == 1 })
            #expect(simulator.calls["large"].inFlight == 1)
            await simulator.release()
            let answer = try reader.readAll()
            #expect((answer.says(), answer.isDone) == ("a b c", true))
            #expect(try gateway.candidates(atLeast: 1).first?["reason"]?.string == "hedge")
            await simulator.stop()
        }

        @Test func `large's role alone does not win against small`() async throws {
            let simulator = try await Simulator.with(
                small: Self.held,
                large: .broken(.stream(.stall(after: 1, for: nil)), says: "a b c")
            )
            let gateway = try RunningGateway(settings(simulator))
            let reader = try gateway.streamChat("hello")
            #expect(await simulator.wait { $0["large"].streamed == 1 })
            // Both go on now; large's first token may or may not be here before small's answer, which is whole.
            #expect(simulator.calls["small"].inFlight == 1)
            await simulator.release()
            _ = try reader.readHead()
            let answer = try reader.readAll()
            #expect(["a b c", "from small"].contains(answer.says()))
            #expect(answer.isDone)
            await simulator.stop()
        }

        @Test(arguments: [false, true])
        func `an accepted small answer cancels large, which leaves no candidate and no cost`(streams: Bool)
            async throws
        {
            let simulator = try await Simulator.with(small: slow("from small"), large: Self.held)
            let gateway = try RunningGateway(settings(simulator))
            if streams {
                #expect(try gateway.streamedChat("hello").says() == "from small")
            } else {
                #expect(try gateway.chat("hello").says() == "from small")
            }
            #expect(await simulator.wait { $0["large"].cancelled == 1 })
            #expect(try gateway.metric("understudy_candidates_total") == 0)
            #expect(try gateway.metric(#"understudy_cost_usd_total{model="large"#) == 0)
            #expect(try becomes { try gateway.records().count == 1 })
            let record = try #require(try gateway.records().first)
            #expect((record.small, record.large, record.answeredBy) == (.answered, .cancelled, .small))
            #expect(record.largeCost.isNaN)
            await simulator.stop()
        }

        @Test(arguments: [false, true])
        func `where small is rejected first, the hedge is the fallback and keeps small's reason`(early: Bool)
            async throws
        {
            var small = slow("{ ( (", 200)
            small.logprobs = LogprobScript(base: .fixed(-0.05))
            let simulator = try await Simulator.with(small: small, large: Self.held)
            let gateway = try RunningGateway(settings(simulator, "checks: [json]", "early_abort: \(early)"))
            let client = try gateway.client()
            try client.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0["large"].inFlight == 1 })
            #expect(await simulator.wait { $0["small"].answered + $0["small"].cancelled == 1 })
            #expect(try becomes { try gateway.metric(#"understudy_in_flight{model="small"}"#) == 0 })
            await simulator.release()
            let answer = try client.read()
            #expect((answer.answeredBy, answer.verdict) == ("large", "format.json"))
            #expect(simulator.calls["large"].calls == 1)
            let candidate = try #require(try gateway.candidates(atLeast: 1).first)
            #expect(candidate["reason"]?.string == "format.json")
            #expect(candidate["small"]?["model"]?.string == "small")
            await simulator.stop()
        }

        @Test func `a hedge that failed decides where small is rejected, and does not where it is accepted`()
            async throws
        {
            let simulator = try await Simulator.with(
                small: .table([("good", .texts(["[1]"])), ("bad", .texts(["{"]))]).after(.milliseconds(300)),
                large: .broken(.status(500))
            )
            let gateway = try RunningGateway(settings(simulator, "checks: [json]"))
            let good = try gateway.chat("good")
            #expect((good.status, good.answeredBy, good.says()) == (200, "small", "[1]"))
            #expect(simulator.calls["large"].calls == 1)
            let bad = try gateway.chat("bad")
            #expect((bad.status, bad.error?["code"]?.string) == (502, "upstream_failed"))
            #expect(simulator.calls["large"].calls == 2)
            await simulator.stop()
        }

        @Test func `a request that large cannot be asked is still small's`() async throws {
            let simulator = try await Simulator.with(small: slow("from small", 200))
            let gateway = try RunningGateway(settings(simulator, largeAPI: "completions"))
            let tools = #""tools":[{"type":"function","function":{"name":"f","parameters":{}}}]"#
            let answer = try gateway.chat("hello", tools)
            #expect((answer.status, answer.answeredBy, answer.says()) == (200, "small", "from small"))
            #expect(simulator.calls["large"].calls == 0)
            await simulator.stop()
        }

        @Test func `no more than the share of all requests is hedged`() async throws {
            let simulator = try await Simulator.with(small: slow("from small", 60))
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, "hedge: { after: 5ms, at_most: 5% }")
            )
            let clients = try (1...100).map { number in
                let client = try gateway.client()
                try client.send("POST", "/v1/chat/completions", Array(chatBody("question \(number)").utf8))
                return client
            }
            let hedged = try clients.map { try $0.read() }.count { $0.verdict == "hedge" }
            #expect(simulator.calls["small"].calls == 100)
            #expect((1...5).contains(simulator.calls["large"].calls))
            #expect(hedged <= simulator.calls["large"].calls)
            await simulator.stop()
        }

        @Test func `with hold, large wins before the commit and is cancelled by it`() async throws {
            let simulator = try await Simulator.with(
                small: .broken(.stream(.stall(after: 2, for: nil)), says: "a b c d"),
                large: ModelScript(
                    says: "from large",
                    faults: [ScriptedFault(.hold, FaultTrigger(contains: "held"))]
                )
            )
            let gateway = try RunningGateway(settings(simulator, "hold: 2"))
            let won = try gateway.streamedChat("hello")
            #expect((won.head.answeredBy, won.head.verdict, won.says()) == ("large", "hedge", "from large"))
            #expect(await simulator.wait { $0["small"].cancelled == 1 })

            let reader = try gateway.streamChat("held")
            #expect(await simulator.wait { $0["large"].inFlight == 1 && $0["small"].inFlight == 1 })
            // Releases both; small's next token commits it, and large's answer may come first.
            await simulator.release()
            let head = try reader.readHead()
            let answer = try reader.readAll()
            #expect(answer.isDone)
            #expect(answer.says() == (head.answeredBy == "small" ? "a b c d" : "from large"))
            #expect(await simulator.wait { $0.inFlight == 0 })
            await simulator.stop()
        }

        @Test func `near the ceiling on spending nothing is hedged`() async throws {
            let simulator = try await Simulator.with(
                small: .table([("unsure", .texts(["{"])), ("sure", .texts(["[1]"]))]).after(.milliseconds(100)),
                large: ModelScript(says: "[2]")
            )
            // "unsure" costs large some 1e-4 USD and more than three quarters of this.
            let gateway = try RunningGateway(
                settings(simulator, "checks: [json]", "spend: { large: 0.0001 USD, per: 1000d, when_over: error }")
            )
            while try gateway.metric(#"understudy_spend_usd{route="main"}"#) < 0.000076 {
                let number = simulator.calls["large"].calls
                try #require(number < 20)
                #expect(try gateway.chat("unsure \(number)").status == 200)
            }
            let calls = simulator.calls["large"].calls
            #expect(try gateway.chat("sure").answeredBy == "small")
            #expect(simulator.calls["large"].calls == calls)
            await simulator.stop()
        }

        @Test func `who leaves cancels both`() async throws {
            let simulator = try await Simulator.with(small: Self.held, large: Self.held)
            let gateway = try RunningGateway(settings(simulator))
            let client = try gateway.client()
            try client.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0.inFlight == 2 })
            client.leave()
            #expect(await simulator.wait { $0["small"].cancelled == 1 && $0["large"].cancelled == 1 })
            #expect(try gateway.candidates().isEmpty)
            await simulator.stop()
        }
    }
}

extension ModelScript {
    /// The same, that much later.
    fileprivate func after(_ latency: Duration) -> ModelScript {
        var script = self
        script.latency = latency
        return script
    }
}
