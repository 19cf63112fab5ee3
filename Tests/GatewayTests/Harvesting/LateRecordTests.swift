import Harvest
import JSON
import Simulation
import Testing

extension SystemTests {
    /// What a flight asks and judges after the one who started it has had an answer, or instead of one: his record has
    /// it.
    struct LateRecordTests {
        /// Says a to h, doubts the third token, and stalls after the fourth.
        private func doubtful(then fault: StreamFault? = nil) -> ModelScript {
            var script = ModelScript(says: "a b c d e f g h")
            script.logprobs = LogprobScript(base: .fixed(-0.1), places: [.init(token: 3, score: .value(-5))])
            script.faults = [ScriptedFault(.stream(.stall(after: 5, for: nil)))]
            if let fault { script.faults.append(ScriptedFault(.stream(fault))) }
            return script
        }

        private func lettingRun(_ simulator: Simulator) throws -> RunningGateway {
            try RunningGateway(
                TestSettings(
                    at: simulator.baseURL,
                    "early_abort: true",
                    "let_run: 100%",
                    "confidence: { score: min_logprob, threshold: -1 }"
                )
            )
        }

        private func record(_ gateway: RunningGateway) throws -> ExchangeRecord {
            #expect(try becomes { try gateway.records().count == 1 })
            return try #require(try gateway.records().first)
        }

        @Test func `what is let run and ends after large's answer is learnt all the same`() async throws {
            let simulator = try await Simulator.with(small: doubtful())
            let gateway = try lettingRun(simulator)
            let answer = try gateway.chat("hello")
            #expect((answer.answeredBy, answer.verdict) == ("large", "low_confidence"))
            #expect((simulator.calls["small"].inFlight, simulator.calls["small"].cancelled) == (1, 0))
            let early = try #require(try gateway.candidates(atLeast: 1).first)
            #expect(early["small"]?["cut"]?.bool == true && early["small"]?["cut_at"]?.int == 3)
            await simulator.release()
            let record = try record(gateway)
            #expect((record.small, record.large, record.answeredBy) == (.answered, .answered, .large))
            // Found hopeless there, and not cut.
            #expect(record.smallCutAt == 3 && !record.flags.contains(.smallCut))
            #expect((record.scores.minimum, record.score) == (-5, -5))
            #expect(record.smallCompletionTokens == 8 && record.smallCost > 0)
            #expect(record.flags.contains(.harvested))
            var whole = early
            #expect(
                try becomes {
                    whole = try gateway.candidates().first ?? .null
                    return whole["small"]?["cut"]?.bool == false
                }
            )
            #expect(whole["small"]?["choices"]?[0]?["message"]?["content"]?.string == "a b c d e f g h")
            #expect(whole["large"]?["choices"]?[0]?["message"]?["content"]?.string == "from large")
            #expect((whole["status"]?.string, whole["reason"]?.string) == ("new", "low_confidence"))
            for member in ["id", "request_id", "created_at"] {
                #expect(whole[member]?.string == early[member]?.string, "\(member)")
            }
            #expect(try gateway.candidates().count == 1)
            #expect(try gateway.metric("understudy_candidates_total") == 1)
            await simulator.stop()
        }

        @Test func `what is let run and breaks off is recorded as cut where it was found hopeless`() async throws {
            let simulator = try await Simulator.with(small: doubtful(then: .reset(after: 6)))
            let gateway = try lettingRun(simulator)
            #expect(try gateway.chat("hello").answeredBy == "large")
            await simulator.release()
            let record = try record(gateway)
            #expect((record.small, record.smallCutAt) == (.cancelled, 3))
            #expect(record.flags.contains(.smallCut) && record.smallCost.isNaN)
            #expect(try gateway.candidates(atLeast: 1).first?["small"]?["cut"]?.bool == true)
            await simulator.stop()
        }

        @Test func `what is let run when the gateway ends is recorded as cut`() async throws {
            let simulator = try await Simulator.with(small: doubtful())
            let gateway = try lettingRun(simulator)
            #expect(try gateway.chat("hello").answeredBy == "large")
            gateway.process.signal(15)
            #expect(gateway.process.waitForExit() == 0)
            let record = try record(gateway)
            #expect((record.small, record.smallCutAt) == (.cancelled, 3))
            await simulator.stop()
        }

        @Test func `large's answer to those who did not get the small one is in the first one's record`() async throws {
            var small = doubtful()
            small.logprobs = LogprobScript(base: .fixed(-0.1), places: [.init(token: 7, score: .value(-5))])
            let simulator = try await Simulator.with(small: small)
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, "hold: 2", "confidence: { score: min_logprob, threshold: -1 }")
            )
            let reader = try gateway.streamChat("hello")
            _ = try reader.readHead()
            let other = try gateway.client()
            try other.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(try gateway.hasBegunEverything())
            await simulator.release()
            #expect(try reader.readAll().note?["verdict"]?.string == "low_confidence")
            #expect(try other.read().answeredBy == "large")
            #expect(try becomes { try gateway.records().count == 2 })
            let records = try gateway.records()
            let first = try #require(records.first { $0.cache == .miss })
            let second = try #require(records.first { $0.cache == .shared })
            #expect((first.answeredBy, first.small, first.large) == (.small, .answered, .answered))
            #expect(first.largeCost > 0 && first.smallCost > 0 && first.score == -5)
            #expect((second.answeredBy, second.largeCost) == (.large, first.largeCost))
            await simulator.stop()
        }

        @Test func `a flight that runs out of time leaves what it had asked`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: .broken(.hold))
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.server = ["deadline: 500ms"]
            let gateway = try RunningGateway(settings)
            #expect(try gateway.chat("hello").status == 504)
            let record = try record(gateway)
            #expect((record.status, record.answeredBy) == (504, .nobody))
            #expect((record.small, record.large) == (.answered, .failed))
            #expect((record.smallChecks.count, record.smallChecks[0]) == (1, .fail))
            #expect(record.smallCost > 0 && record.smallCompletionTokens > 0)
            #expect(record.phases.askSmall > 0 && record.phases.askLarge > 0)
            #expect(try gateway.recordFiles().first?.text(record.reason) == "format.json")
            #expect(try gateway.metric(#"understudy_verdicts_total{route="main",reason="format.json"}"#) == 1)
            await simulator.stop()
        }

        @Test func `who leaves first leaves the record of what his flight went on to ask`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold, says: "yes"))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let first = try gateway.client()
            try first.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            let other = try gateway.client()
            try other.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(try gateway.hasBegunEverything())
            first.leave()
            #expect(becomes { gateway.accessLog.contains(#""status":499"#) })
            await simulator.release()
            #expect(try other.read().answeredBy == "small")
            #expect(try becomes { try gateway.records().count == 2 })
            let gone = try #require(try gateway.records().first { $0.flags.contains(.clientGone) })
            #expect((gone.cache, gone.answeredBy, gone.small) == (.miss, .nobody, .answered))
            #expect(gone.smallCost > 0)
            await simulator.stop()
        }

        @Test func `who leaves alone leaves the record of a call that was cancelled`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold, says: "yes"))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let client = try gateway.client()
            try client.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            client.leave()
            let record = try record(gateway)
            #expect((record.small, record.large, record.answeredBy) == (.cancelled, .notAsked, .nobody))
            #expect(record.flags.contains(.clientGone) && record.smallCost.isNaN)
            await simulator.stop()
        }
    }
}
