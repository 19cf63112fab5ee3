import JSON
import Simulation
import Testing

extension SystemTests {
    /// Models whose streams break, and what clients are told.
    struct BrokenStreamTests {
        /// After so many events, in every way.
        private func faults(after events: Int) -> [String: StreamFault] {
            [
                "reset": .reset(after: events), "close": .close(after: events), "end": .end(after: events),
                "error": .error(after: events, message: "overloaded"), "malformed": .malformed(after: events),
            ]
        }

        /// Breaks when it is released: by then its first events have been given.
        private func stalled(_ fault: StreamFault) -> ModelScript {
            var script = ModelScript(
                says: "a b c d e",
                faults: [ScriptedFault(.stream(.stall(after: 3, for: nil))), ScriptedFault(.stream(fault))]
            )
            script.stream = StreamScript(chunkBytes: 1 << 20)
            return script
        }

        private func settings(_ simulator: Simulator, _ models: some Sequence<String>) -> TestSettings {
            var settings = TestSettings()
            settings.model("small", at: simulator.baseURL)
            settings.model("large", at: simulator.baseURL)
            for model in models { settings.model(model, at: simulator.baseURL) }
            return settings
        }

        @Test func `large's stream breaks after its first event: an error event, and an end without DONE`() async throws
        {
            // Its third token and the break come at once.
            let faults = faults(after: 4)
            let simulator = try await Simulator.with(faults.mapValues { stalled($0) })
            var settings = settings(simulator, faults.keys)
            for name in faults.keys { settings.route(name, small: nil, large: name) }
            let gateway = try RunningGateway(settings)
            for name in faults.keys {
                let reader = try gateway.streamChat("hello", route: name)
                try {
                    _ = try reader.readHead(); try reader.read(events: 3)
                }()
                await simulator.release()
                let answer = try reader.readAll()
                #expect(
                    (answer.head.status, answer.head.answeredBy, answer.says()) == (200, "large", "a b c"),
                    "\(name)"
                )
                #expect(answer.error?["code"]?.string == "upstream_failed", "\(name)")
                #expect(answer.events.last?.contains(#""error""#) == true, "\(name)")
                #expect(!answer.isDone, "\(name)")
                #expect(reader.client.isClosedByPeer, "\(name)")
            }
            let broken = try gateway.incomplete(atLeast: faults.count, saying: "a b c")
            #expect(broken.count == faults.count)
            for candidate in broken {
                #expect(candidate["large"]?["cut"]?.bool == true)
                #expect(candidate["large"]?["choices"]?[0]?["message"]?["content"]?.string == "a b c")
            }
            #expect(try gateway.candidates().isEmpty)
            await simulator.stop()
        }

        @Test func `what broke is neither cached nor joined`() async throws {
            let simulator = try await Simulator.with(large: .broken(.stream(.reset(after: 3)), says: "a b c d"))
            var settings = settings(simulator, [])
            settings.route("main", small: nil)
            let gateway = try RunningGateway(settings)
            for number in 1...3 {
                let reader = try gateway.streamChat("hello")
                _ = try reader.readHead()
                #expect(try !reader.readAll().isDone)
                #expect(simulator.calls["large"].calls == number)
            }
            await simulator.stop()
        }

        @Test func `large's stream breaks before its first event: an ordinary error, and no candidate`() async throws {
            let faults = faults(after: 0)
            let simulator = try await Simulator.with(faults.mapValues { .broken(.stream($0), says: "a b c d e") })
            var settings = settings(simulator, faults.keys)
            for name in faults.keys { settings.route(name, small: nil, large: name) }
            let gateway = try RunningGateway(settings)
            for name in faults.keys {
                let reader = try gateway.streamChat("hello", route: name)
                let answer = try reader.readHead()
                #expect((answer.status, answer.error?["code"]?.string) == (502, "upstream_failed"), "\(name)")
                #expect(answer["content-type"]?.hasPrefix("application/json") == true)
            }
            #expect(try gateway.metric("understudy_candidates_total") == 0)
            await simulator.stop()
        }

        @Test func `small's stream breaks while it is judged: large answers, and the reason says how`() async throws {
            let faults = faults(after: 3)
            let simulator = try await Simulator.with(faults.mapValues { .broken(.stream($0), says: "a b c d e") })
            var settings = settings(simulator, faults.keys)
            for name in faults.keys { settings.route(name, small: name, "early_abort: true") }
            let gateway = try RunningGateway(settings)
            let reasons = [
                "reset": "reset", "close": "reset", "end": "reset", "error": "status_5xx", "malformed": "malformed",
            ]
            for (name, reason) in reasons {
                let answer = try gateway.chat("hello", route: name)
                #expect((answer.answeredBy, answer.verdict) == ("large", "small_error.\(reason)"), "\(name)")
                let streamed = try gateway.streamedChat("hello, streamed", route: name)
                #expect((streamed.head.verdict, streamed.says()) == ("small_error.\(reason)", "from large"), "\(name)")
            }
            await simulator.stop()
        }

        @Test func `a committed small stream that breaks is told so, and who waits for the whole gets large's`()
            async throws
        {
            let simulator = try await Simulator.with(
                small: ModelScript(
                    says: "a b c d e",
                    faults: [.init(.stream(.stall(after: 4, for: nil))), .init(.stream(.reset(after: 5)))]
                )
            )
            var settings = settings(simulator, [])
            settings.route("main", "hold: 2")
            let gateway = try RunningGateway(settings)
            let reader = try gateway.streamChat("hello")
            _ = try reader.readHead()
            let whole = try gateway.client()
            try whole.send("POST", "/v1/chat/completions", Array(chatBody("hello").utf8))
            #expect(try gateway.hasBegunEverything())
            await simulator.release()
            let broken = try reader.readAll()
            #expect(broken.error?["code"]?.string == "upstream_failed")
            #expect(!broken.isDone)
            let answer = try whole.read()
            #expect((answer.status, answer.answeredBy) == (200, "large"))
            #expect(answer.verdict == "small_error.reset")
            await simulator.stop()
        }

        @Test func `a small stream that breaks with the token that commits it was committed`() async throws {
            var small = ModelScript.broken(.stream(.error(after: 3)), says: "a b c d e")
            small.stream = StreamScript(chunkBytes: 1 << 20)
            let simulator = try await Simulator.with(small: small)
            var settings = settings(simulator, [])
            settings.route("main", "hold: 2")
            let gateway = try RunningGateway(settings)
            let answer = try gateway.streamedChat("hello")
            #expect((answer.head.answeredBy, answer.says(), answer.isDone) == ("small", "a b", false))
            #expect(answer.error?["code"]?.string == "upstream_failed")
            await simulator.stop()
        }

        @Test func `on_large_invalid: error holds large's stream until it is whole`() async throws {
            let simulator = try await Simulator.with(["bad": ModelScript(says: "{"), "good": ModelScript(says: "[1]")])
            var settings = settings(simulator, ["bad", "good"])
            settings.route("bad", small: nil, large: "bad", "checks: [json]", "on_large_invalid: error")
            settings.route("good", small: nil, large: "good", "checks: [json]", "on_large_invalid: error")
            let gateway = try RunningGateway(settings)
            let refused = try gateway.streamChat("hello", route: "bad").readHead()
            #expect((refused.status, refused.error?["code"]?.string) == (502, "answer_invalid"))
            let passed = try gateway.streamedChat("hello", route: "good")
            #expect((passed.says(), passed.isDone, passed.head.answeredBy) == ("[1]", true, "large"))
            #expect(simulator.calls["bad"].streamed == 0)
            await simulator.stop()
        }

        @Test func `a large model that is silent is timed out, before its first event and after it`() async throws {
            let simulator = try await Simulator.with([
                "mute": .broken(.hold), "stuck": .broken(.stream(.stall(after: 3, for: nil)), says: "a b c d"),
            ])
            var settings = settings(simulator, [])
            let limits = "timeout: { first_token: 150ms, between_tokens: 150ms, total: 60s }"
            settings.model("mute", at: simulator.baseURL, limits)
            settings.model("stuck", at: simulator.baseURL, limits)
            settings.route("mute", small: nil, large: "mute")
            settings.route("stuck", small: nil, large: "stuck")
            settings.route("judged", small: "stuck", "early_abort: true")
            let gateway = try RunningGateway(settings)
            let mute = try gateway.streamChat("hello", route: "mute").readHead()
            #expect((mute.status, mute.error?["code"]?.string) == (504, "timeout"))
            let stuck = try gateway.streamedChat("hello", route: "stuck")
            #expect((stuck.says(), stuck.isDone, stuck.error?["code"]?.string) == ("a b", false, "timeout"))
            #expect(try gateway.chat("hello", route: "judged").verdict == "small_error.between_tokens")
            #expect(await simulator.wait { $0.inFlight == 0 })
            await simulator.stop()
        }

        @Test func `comments of a model that is stuck are no tokens`() async throws {
            let simulator = try await Simulator.with([
                "mute": .broken(.stream(.comments(after: 0)), says: "a b c d"),
                "stuck": .broken(.stream(.comments(after: 3)), says: "a b c d"),
            ])
            var settings = settings(simulator, [])
            let limits = "timeout: { first_token: 150ms, between_tokens: 150ms, total: 60s }"
            settings.model("mute", at: simulator.baseURL, limits)
            settings.model("stuck", at: simulator.baseURL, limits)
            settings.route("mute", small: nil, large: "mute")
            settings.route("stuck", small: nil, large: "stuck")
            settings.route("unheard", small: "mute", "early_abort: true")
            settings.route("judged", small: "stuck", "early_abort: true")
            let gateway = try RunningGateway(settings)
            let mute = try gateway.streamChat("hello", route: "mute").readHead()
            #expect((mute.status, mute.error?["code"]?.string) == (504, "timeout"))
            let stuck = try gateway.streamedChat("hello", route: "stuck")
            #expect((stuck.says(), stuck.isDone, stuck.error?["code"]?.string) == ("a b", false, "timeout"))
            #expect(try gateway.chat("hello", route: "unheard").verdict == "small_error.first_token")
            #expect(try gateway.chat("hello", route: "judged").verdict == "small_error.between_tokens")
            #expect(await simulator.wait { $0.inFlight == 0 })
            await simulator.stop()
        }

        @Test func `the deadline ends what has not begun, and nothing that has`() async throws {
            var slow = ModelScript(says: "a b c d e f g h")
            slow.perToken = .milliseconds(100)
            let simulator = try await Simulator.with(["mute": .broken(.hold), "slow": slow])
            var settings = settings(simulator, ["mute", "slow"])
            settings.server = ["deadline: 400ms"]
            settings.route("mute", small: nil, large: "mute")
            settings.route("slow", small: nil, large: "slow")
            settings.route("held", small: "slow", "hold: 2")
            let gateway = try RunningGateway(settings)
            let mute = try gateway.streamChat("hello", route: "mute").readHead()
            #expect((mute.status, mute.error?["code"]?.string) == (504, "timeout"))
            for route in ["slow", "held"] {
                let answer = try gateway.streamedChat("hello", route: route)
                #expect((answer.says(), answer.isDone) == ("a b c d e f g h", true))
            }
            #expect(try gateway.chat("whole", route: "slow").status == 504)
            await simulator.stop()
        }

        @Test func `a stream is as long as its text, whatever its events weigh; an endless one is ended`() async throws
        {
            let text = String(repeating: "ab cd ", count: 4000)
            var endless = ModelScript.broken(.stream(.endless), says: "endless")
            endless.perToken = .milliseconds(1)
            let simulator = try await Simulator.with(["long": ModelScript(says: text), "endless": endless])
            var settings = settings(simulator, ["long"])
            settings.model("endless", at: simulator.baseURL, "max_answer: 2KiB")
            settings.route("long", small: nil, large: "long")
            settings.route("endless", small: nil, large: "endless")
            settings.route("judged", small: "endless", "early_abort: true")
            let gateway = try RunningGateway(settings)
            let long = try gateway.streamedChat("hello", route: "long")
            let isWhole = long.says() == text && long.isDone
            #expect(isWhole)
            let ended = try gateway.streamedChat("hello", route: "endless")
            #expect((ended.error?["code"]?.string, ended.isDone) == ("upstream_failed", false))
            #expect(ended.says().utf8.count <= 2048)
            #expect(try gateway.chat("hello", route: "judged").verdict == "small_error.too_large")
            #expect(await simulator.wait { $0.inFlight == 0 })
            await simulator.stop()
        }

        @Test func `a model that does not stream when asked, or does when not, is understood`() async throws {
            let body =
                #"{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"#
                + #""message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}],"#
                + #""usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#
            let events =
                #"data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"#
                + #""delta":{"role":"assistant","content":"streamed"},"finish_reason":"stop"}]}"#
                + "\n\ndata: [DONE]\n\n"
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: "
            let whole = try ScriptedUpstream(says: head + "application/json\r\n\r\n" + body)
            let stream = try ScriptedUpstream(says: head + "text/event-stream\r\n\r\n" + events)
            var settings = TestSettings()
            settings.model("whole", at: whole.baseURL)
            settings.model("stream", at: stream.baseURL)
            settings.route("whole", small: nil, large: "whole")
            settings.route("stream", small: nil, large: "stream")
            settings.route("both", small: "whole", large: "stream", "early_abort: true", "hold: 2")
            let gateway = try RunningGateway(settings)
            let replayed = try gateway.streamedChat("hello", route: "whole")
            #expect((replayed.says(), replayed.isDone) == ("whole", true))
            #expect(try gateway.chat("hello", route: "stream").says() == "streamed")
            #expect(try gateway.streamedChat("hello", route: "both").says() == "whole")
            #expect(try gateway.candidates(atLeast: 2).count == 2)
        }
    }

    /// A client that streams and hears nothing for a while.
    struct SilenceTests {
        private func gateway(_ simulator: Simulator, deadline: String = "30s") throws -> RunningGateway {
            var settings = TestSettings(at: simulator.baseURL, "checks: [json]")
            settings.server = ["stream_comment: 50ms", "deadline: \(deadline)"]
            return try RunningGateway(settings)
        }

        @Test func `it gets a bare head and comments, then the answer, and who gave it`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold, says: "[1]"))
            let gateway = try gateway(simulator)
            let reader = try gateway.streamChat("hello")
            let head = try reader.readHead()
            #expect((head.status, head.answeredBy, head.verdict, head.cache) == (200, nil, nil, nil))
            #expect(head["x-request-id"] != nil && head["x-understudy-route"] == "main")
            try reader.read(comments: 2)
            #expect(reader.answer.events.isEmpty)
            await simulator.release()
            let answer = try reader.readAll()
            #expect((answer.says(), answer.isDone) == ("[1]", true))
            let note = try #require(answer.note)
            #expect((note["answered_by"]?.string, note["verdict"]?.string) == ("small", "accept"))
            #expect((note["model"]?.string, note["cache"]?.string) == ("small", "miss"))
            await simulator.stop()
        }

        @Test func `large's stream follows such a head too, and the note says why`() async throws {
            let simulator = try await Simulator.with(small: .broken(.hold, says: "{"))
            let gateway = try gateway(simulator)
            let reader = try gateway.streamChat("hello")
            _ = try reader.readHead()
            try reader.read(comments: 1)
            await simulator.release()
            let answer = try reader.readAll()
            #expect((answer.says(), answer.isDone) == ("from large", true))
            #expect(answer.note?["answered_by"]?.string == "large")
            #expect(answer.note?["fallback_reason"]?.string == "format.json")
            await simulator.stop()
        }

        @Test func `an error is an event then, the deadline's too`() async throws {
            let simulator = try await Simulator.with(
                small: .broken(.hold, says: "{"),
                large: ModelScript(says: "", faults: [.init(.status(500))])
            )
            let gateway = try gateway(simulator, deadline: "600ms")
            let reader = try gateway.streamChat("hello")
            #expect(try reader.readHead().status == 200)
            await simulator.release()
            let failed = try reader.readAll()
            #expect((failed.error?["code"]?.string, failed.isDone) == ("upstream_failed", false))
            let late = try gateway.streamedChat("never released")
            #expect((late.head.status, late.isDone) == (200, false))
            #expect(late.error?["code"]?.string == "timeout")
            #expect(!late.comments.isEmpty)
            await simulator.stop()
        }
    }
}
