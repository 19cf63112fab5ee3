import JSON
import Simulation
import Testing

extension SystemTests {
    /// What a client that asks for a stream gets, where everything goes well.
    struct StreamedAnswerTests {
        @Test func `an accepted answer is replayed as a stream in either dialect`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "from small"))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let chat = try gateway.streamedChat("hello")
            #expect(chat.head.status == 200)
            #expect(chat.head["content-type"] == "text/event-stream; charset=utf-8")
            #expect((chat.head.answeredBy, chat.head.verdict, chat.head.cache) == ("small", "accept", "miss"))
            #expect((chat.says(), chat.finishReason(), chat.isDone, chat.isWhole) == ("from small", "stop", true, true))
            #expect(chat.chunks.first?["choices"]?[0]?["delta"]?["role"]?.string == "assistant")
            #expect(chat.chunks.allSatisfy { $0["object"]?.string == "chat.completion.chunk" })
            let completion = try gateway.streamedCompletion("hello there")
            #expect(completion.says() == "from small")
            #expect(completion.chunks.allSatisfy { $0["object"]?.string == "text_completion" })
            #expect((completion.finishReason(), completion.isDone) == ("stop", true))
            await simulator.stop()
        }

        @Test func `the usage is an event of its own, for those who ask`() async throws {
            let simulator = try await Simulator.with(large: ModelScript(says: "from large"))
            var settings = TestSettings(at: simulator.baseURL)
            settings.route("alone", small: nil)
            let gateway = try RunningGateway(settings)
            for route in ["main", "alone"] {
                let asked = try gateway.streamedChat(
                    "one",
                    route: route,
                    #""stream_options":{"include_usage":true}"#
                )
                #expect(asked.chunks.last?["choices"]?.array?.isEmpty ?? false)
                #expect(asked.chunks.last?["usage"]?["total_tokens"]?.int ?? 0 > 0)
                let plain = try gateway.streamedChat("two", route: route)
                #expect(plain.chunks.allSatisfy { $0["usage"] == nil || $0["usage"]?.isNull ?? true })
            }
            await simulator.stop()
        }

        @Test func `the large model's stream is passed through as it comes, and its candidate is whole`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(says: "no"),
                large: ModelScript(says: "a b c d", faults: [ScriptedFault(.stream(.stall(after: 3, for: nil)))])
            )
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "checks: [{ min_chars: 5 }]"))
            let reader = try gateway.streamChat("hello")
            let head = try reader.readHead()
            #expect((head.answeredBy, head.verdict) == ("large", "format.min_chars"))
            #expect(head["x-understudy-fallback-reason"] == "format.min_chars")
            try reader.read(events: 3)
            // The rest is held back by the provider; what is known is in the store already, and shown to nobody.
            #expect(try gateway.candidates().isEmpty)
            await simulator.release()
            let answer = try reader.readAll()
            #expect((answer.says(), answer.isDone) == ("a b c d", true))
            let candidate = try #require(try gateway.candidates(atLeast: 1).first)
            #expect(candidate["status"]?.string == "new")
            #expect(candidate["large"]?["choices"]?[0]?["message"]?["content"]?.string == "a b c d")
            #expect(candidate["large"]?["cut"]?.bool == false)
            await simulator.stop()
        }

        @Test func `a cached answer streams, and a streamed answer serves those who do not`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            #expect(try gateway.streamedChat("one").head.cache == "miss")
            #expect(try gateway.chat("one").cache == "hit")
            for _ in 1...3 {
                let hit = try gateway.streamedChat("one")
                #expect((hit.head.cache, hit.says(), hit.isDone) == ("hit", "from small", true))
            }
            #expect(try gateway.chat("two").cache == "miss")
            #expect(try gateway.streamedChat("two").head.cache == "hit")
            #expect(simulator.calls["small"].calls == 2)
            await simulator.stop()
        }

        @Test func `log-probabilities are in the stream of who asks for them, and in no other`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL, "confidence: { score: min_logprob, threshold: -9 }")
            settings.route("alone", small: nil)
            let gateway = try RunningGateway(settings)
            for route in ["main", "alone"] {
                let asked = try gateway.streamedChat("one", route: route, #""logprobs":true"#)
                #expect(asked.events.contains { $0.contains(#""logprob":"#) })
                let plain = try gateway.streamedChat("two", route: route)
                #expect(!plain.events.contains { $0.contains(#""logprob":"#) })
            }
            await simulator.stop()
        }

        @Test func `a client of one dialect streams from a model of the other`() async throws {
            let simulator = try await Simulator.with(large: ModelScript(says: "from large"))
            var settings = TestSettings(
                at: simulator.baseURL,
                "prompt: { large: large.mustache }",
                smallAPI: "completions",
                largeAPI: "completions"
            )
            settings.route("alone", small: nil, "prompt: { large: large.mustache }")
            let gateway = try RunningGateway(settings, files: ["large.mustache": "{{input}}"])
            let chat = try gateway.streamedChat("hello", route: "alone")
            #expect((chat.says(), chat.finishReason(), chat.isDone) == ("from large", "stop", true))
            #expect(chat.chunks.first?["choices"]?[0]?["delta"]?["role"]?.string == "assistant")
            await simulator.stop()
        }
    }
}
