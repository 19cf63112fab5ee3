import JSON
import Simulation
import Testing

extension SystemTests {
    /// Whatever goes wrong with the small model: the verdict names it, and the large model answers.
    struct SmallErrorTests {
        /// What the small model does, and the end of the verdict that it leads to.
        static let faults: [(kind: String, fault: FaultKind)] = [
            ("status_400", .status(400)), ("status_401", .status(401)), ("status_403", .status(403)),
            ("status_404", .status(404)), ("status_429", .status(429, retryAfter: "7")), ("status_4xx", .status(422)),
            ("status_4xx", .status(418)), ("status_5xx", .status(500)), ("status_5xx", .status(503)),
            ("total", .hold), ("total", .stall(after: 20, for: nil)), ("reset", .resetBefore),
            ("reset", .resetInside(after: 20)), ("malformed", .malformed), ("malformed", .body("")),
            ("malformed", .body("[]")), ("malformed", .body(#"{"choices":7}"#)), ("malformed", .body("<html>")),
            ("malformed", .body(#"{"choices":[]}"#)), ("content_type", .contentType("text/html")),
            ("too_large", .oversized(100_000)),
        ]

        @Test(arguments: ["chat", "completions"])
        func `every error of the small model is a verdict of its own, and the large model answers`(api: String)
            async throws
        {
            var settings = TestSettings()
            var scripts: [String: ModelScript] = [:]
            for (index, fault) in Self.faults.enumerated() { scripts["small-\(index)"] = .broken(fault.fault) }
            let simulator = try await Simulator.with(scripts)
            settings.model("large", at: simulator.baseURL, api: api)
            for index in Self.faults.indices {
                let extra = ["timeout: { total: 300ms }", "max_answer: 8KiB"]
                settings.model("small-\(index)", at: simulator.baseURL, api: api, extra[0], extra[1])
                settings.route("r\(index)", small: "small-\(index)")
            }
            let gateway = try RunningGateway(settings)
            for (index, fault) in Self.faults.enumerated() {
                let route = "r\(index)"
                let answer =
                    try api == "chat" ? gateway.chat("hello", route: route) : gateway.complete("hello", route: route)
                let reason = "small_error.\(fault.kind)"
                #expect(answer.status == 200, "\(fault)")
                #expect((answer.answeredBy, answer.verdict) == ("large", reason), "\(fault)")
                #expect(answer["x-understudy-fallback-reason"] == reason)
                #expect(answer["x-understudy-confidence"] == nil)
                #expect(answer.says() == "from large")
            }
            let kept = try gateway.candidates(atLeast: Self.faults.count)
            #expect(kept.count == Self.faults.count)
            #expect(kept.allSatisfy { $0["small"]?.isNull == true && $0["detail"]?.string != nil })
            #expect(Set(kept.compactMap { $0["reason"]?.string }) == Set(Self.faults.map { "small_error.\($0.kind)" }))
            await simulator.stop()
        }

        /// Of such an answer nothing comes before its end, however well the model does.
        @Test func `first_token and between_tokens are no limits of an answer that comes whole`() async throws {
            var slow = ModelScript(says: "in the end")
            slow.latency = .milliseconds(400)
            let simulator = try await Simulator.with(small: slow)
            var settings = TestSettings()
            settings.model("large", at: simulator.baseURL)
            settings.model(
                "small",
                at: simulator.baseURL,
                "timeout: { first_token: 50ms, between_tokens: 50ms, total: 60s }"
            )
            settings.route("main")
            let gateway = try RunningGateway(settings)
            let answer = try gateway.chat("hello")
            #expect((answer.answeredBy, answer.verdict) == ("small", "accept"))
            #expect(answer.says() == "in the end")
            await simulator.stop()
        }

        @Test func `an unreachable, silent or untrusted small model is named too`() async throws {
            let simulator = try await Simulator.with()
            let silent = try SilentPort()
            let nonsense = try ScriptedUpstream(says: "220 mail.example.com ESMTP\r\n")
            let closed = try SilentPort.closed()
            let secure = "https://127.0.0.1:\(simulator.port)/v1"
            let places = [
                ("connect", "http://127.0.0.1:\(closed)/v1"), ("connect", "http://nowhere.invalid/v1"),
                ("connect_timeout", "http://127.0.0.1:\(silent.port)/v1"), ("tls", secure),
                ("malformed", nonsense.baseURL),
            ]
            var settings = TestSettings()
            settings.model("large", at: simulator.baseURL)
            for (index, place) in places.enumerated() {
                let wait = place.0 == "connect_timeout" ? "200ms" : "5s"
                settings.model("small-\(index)", at: place.1, "timeout: { connect: \(wait) }")
                settings.route("r\(index)", small: "small-\(index)")
            }
            let gateway = try RunningGateway(settings)
            for (index, place) in places.enumerated() {
                let answer = try gateway.chat("hello", route: "r\(index)")
                #expect((answer.answeredBy, answer.verdict) == ("large", "small_error.\(place.0)"), "\(place)")
            }
            await simulator.stop()
        }

        @Test func `a small model with its queue full is busy, and the large model answers`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold))
            var settings = TestSettings()
            settings.model("small", at: simulator.baseURL, "max_in_flight: 1", "queue: 0")
            settings.model("large", at: simulator.baseURL)
            settings.route("main")
            let gateway = try RunningGateway(settings)
            let first = try gateway.client()
            try first.send("POST", "/v1/chat/completions", Array(chatBody("one").utf8))
            #expect(await simulator.wait { $0["small"].inFlight == 1 })
            let second = try gateway.chat("two")
            #expect((second.answeredBy, second.verdict) == ("large", "small_error.busy"))
            await simulator.release()
            #expect(try first.read().answeredBy == "small")
            await simulator.stop()
        }

        @Test func `a good answer on a connection that then closes is good, and so is the next one`() async throws {
            let simulator = try await Simulator.with(small: .broken(.closeAfter))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let client = try gateway.client()
            for number in 1...5 { #expect(try client.chat("hello \(number)").answeredBy == "small") }
            await simulator.stop()
        }
    }
}

extension Simulator {
    fileprivate static func with(_ others: [String: ModelScript]) async throws -> Simulator {
        try await with(small: ModelScript(says: "from small"), others)
    }
}
