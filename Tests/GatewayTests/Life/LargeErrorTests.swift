import JSON
import Simulation
import Testing

extension SystemTests {
    /// What a client gets when the large model does not answer, or not well.
    struct LargeErrorTests {
        static let faults: [(fault: FaultKind, status: Int, code: String)] = [
            (.status(400, message: "no such voice"), 400, "upstream_refused"),
            (.status(413, message: "no such voice"), 400, "upstream_refused"),
            (.status(422, message: "no such voice"), 400, "upstream_refused"),
            (.status(429, retryAfter: "7", message: "no such voice"), 429, "rate_limit_exceeded"),
            (.status(401, message: "no such voice"), 502, "upstream_failed"),
            (.status(403), 502, "upstream_failed"), (.status(404), 502, "upstream_failed"),
            (.status(500), 502, "upstream_failed"), (.status(503), 502, "upstream_failed"),
            (.status(529), 502, "upstream_failed"), (.resetBefore, 502, "upstream_failed"),
            (.resetInside(after: 10), 502, "upstream_failed"), (.malformed, 502, "upstream_failed"),
            (.body("null"), 502, "upstream_failed"), (.contentType("text/plain"), 502, "upstream_failed"),
            (.oversized(100_000), 502, "upstream_failed"), (.hold, 504, "timeout"),
            (.stall(after: 10, for: nil), 504, "timeout"),
        ]

        @Test func `every error of the large model comes to the status of the contract`() async throws {
            var settings = TestSettings()
            var scripts: [String: ModelScript] = [:]
            for (index, fault) in Self.faults.enumerated() { scripts["large-\(index)"] = .broken(fault.fault) }
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), scripts)
            settings.model("small", at: simulator.baseURL)
            for index in Self.faults.indices {
                settings.model("large-\(index)", at: simulator.baseURL, "timeout: { total: 300ms }", "max_answer: 8KiB")
                settings.route("r\(index)", large: "large-\(index)", "checks: [json]")
            }
            let gateway = try RunningGateway(settings)
            for (index, fault) in Self.faults.enumerated() {
                let answer = try gateway.chat("hello", route: "r\(index)")
                #expect(answer.status == fault.status, "\(fault)")
                #expect(answer.error?["code"]?.string == fault.code, "\(fault)")
                #expect(answer.error?["message"]?.string?.isEmpty == false)
                #expect(answer.error?["type"]?.string?.isEmpty == false)
                #expect(answer.error?["param"]?.isNull == true)
                #expect(answer["x-request-id"] != nil)
                if case .status(let status, _, let message?) = fault.fault {
                    let saysSo = answer.error?["message"]?.string == message
                    #expect(
                        saysSo == (status != 401),
                        "the upstream's words are the client's only where they are about it"
                    )
                }
                #expect(answer["retry-after"] == (fault.status == 429 ? "7" : nil), "\(fault)")
                let isOurs = [401, 403, 404].contains { fault.fault.isStatus($0) }
                #expect(answer["x-should-retry"] == (isOurs ? "false" : nil), "\(fault)")
            }
            #expect(try gateway.candidates().isEmpty)
            await simulator.stop()
        }

        @Test func `an unsure small answer is better than an error, unless the route says otherwise`() async throws {
            let simulator = try await Simulator.with(
                small: .table(
                    [(when: "form", says: .texts(["{"])), (when: "", says: .texts(["1"]))],
                    logprobs: .unsure
                ),
                large: .broken(.status(500))
            )
            let rule = "confidence: { score: min_logprob, threshold: -1 }"
            var settings = TestSettings(at: simulator.baseURL, rule, "checks: [json]")
            settings.route("strict", rule, "checks: [json]", "on_large_error: error")
            let gateway = try RunningGateway(settings)
            for _ in 1...2 {
                let given = try gateway.chat("sure?")
                #expect((given.status, given.answeredBy, given.verdict) == (200, "small", "low_confidence"))
                #expect(given["x-understudy-checks"] == "pass")
                #expect(given["x-understudy-fallback-reason"] == nil)
                #expect(given.cache == "miss", "it was not accepted, so it is not stored")
            }
            #expect(try gateway.chat("sure?", route: "strict").status == 502)
            let wrong = try gateway.chat("form")
            #expect(wrong.status == 502, "a wrong form is never given")
            #expect(try gateway.candidates().isEmpty)
            await simulator.stop()
        }

        @Test func `a large answer that fails the checks is given and not stored, or is an error, as the route says`()
            async throws
        {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.route("strict", "checks: [json]", "on_large_invalid: error")
            let gateway = try RunningGateway(settings)
            for _ in 1...2 {
                let given = try gateway.chat("hello")
                #expect((given.status, given.answeredBy, given.cache) == (200, "large", "miss"))
                #expect(given["x-understudy-checks"] == "format.json")
            }
            let kept = try gateway.candidates(atLeast: 2)
            #expect(kept.count == 2)
            #expect(kept.allSatisfy { $0["untrainable"]?.string == "format.json" })
            let refused = try gateway.chat("hello", route: "strict")
            #expect((refused.status, refused.error?["code"]?.string) == (502, "answer_invalid"))
            #expect(refused["x-should-retry"] == "false")
            await simulator.stop()
        }

        @Test func `one deadline covers both models, and ends in 504`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold), large: .broken(.hold))
            var settings = TestSettings(at: simulator.baseURL)
            settings.server = ["deadline: 400ms"]
            let gateway = try RunningGateway(settings)
            let answer = try gateway.chat("hello")
            #expect((answer.status, answer.error?["code"]?.string) == (504, "timeout"))
            #expect(simulator.calls["large"].calls == 0)
            #expect(await simulator.wait { $0["small"].cancelled == 1 })
            await simulator.stop()
        }

        @Test func `our own full queue before the large model is 503 with retry-after`() async throws {
            let simulator = try await Simulator.with(large: .broken(.hold))
            var settings = TestSettings()
            settings.model("large", at: simulator.baseURL, "max_in_flight: 1", "queue: 0")
            settings.route("main", small: nil)
            let gateway = try RunningGateway(settings)
            let first = try gateway.client()
            try first.send("POST", "/v1/chat/completions", Array(chatBody("one").utf8))
            #expect(await simulator.wait { $0["large"].inFlight == 1 })
            let second = try gateway.chat("two")
            #expect((second.status, second.error?["code"]?.string) == (503, "overloaded"))
            #expect(second["retry-after"] != nil)
            await simulator.release()
            #expect(try first.read().status == 200)
            await simulator.stop()
        }
    }
}

extension FaultKind {
    fileprivate func isStatus(_ wanted: Int) -> Bool {
        if case .status(let status, _, _) = self { status == wanted } else { false }
    }
}

extension LogprobScript {
    fileprivate static let unsure = LogprobScript(base: .fixed(-3))
}
