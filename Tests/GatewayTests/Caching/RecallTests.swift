import JSON
import Simulation
import Testing

extension SystemTests {
    /// Who gets a stored answer, and what it says of itself.
    struct RecallTests {
        private static let confidence = "confidence: { score: min_logprob, threshold: -1 }"

        @Test func `the second time an answer comes from the cache, with the verdict and model it was stored with`()
            async throws
        {
            let simulator = try await Simulator.with(
                small: ModelScript(
                    answers: [
                        .init(when: .contains("hard"), reply: .texts(["well"]), logprobs: .init(base: .fixed(-3)))
                    ],
                    logprobs: .sure
                )
            )
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, Self.confidence))
            let client = try gateway.client()
            for (text, model, verdict) in [("easy", "small", "accept"), ("hard", "large", "low_confidence")] {
                let first = try client.chat(text)
                #expect((first.answeredBy, first.cache) == (model, "miss"))
                // By the JSON, then by the body alone.
                for second in [try client.chat(text), try client.chat(text)] {
                    #expect((second.answeredBy, second.cache) == ("cache", "hit"))
                    #expect((second["x-understudy-model"], second.verdict) == (model, verdict))
                    #expect(second["x-understudy-checks"] == "pass")
                    #expect(second["x-understudy-confidence"] == (model == "small" ? "-0.0500" : nil))
                    #expect(second["x-understudy-route"] == "main")
                    #expect(second["x-understudy-config"] == first["x-understudy-config"])
                    #expect(second["x-request-id"] != first["x-request-id"])
                    #expect(second.text == first.text, "id, created and usage are the stored ones")
                }
            }
            #expect(simulator.calls.total == 3)
            let kept = try gateway.candidates(atLeast: 1)
            #expect(kept.count == 1, "hits make no candidates")
            #expect(try gateway.metric("understudy_cache_entries") == 2)
            #expect(try gateway.metric("understudy_cache_bytes") > 0)
            #expect(try gateway.metric(#"understudy_cache_changes_total{change="stored"}"#) == 2)
            #expect(try gateway.metric("understudy_flights") == 0)
            await simulator.stop()
        }

        @Test func `what cannot change the answer does not change the key, and everything else does`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let client = try gateway.client()
            func state(_ body: String, _ path: String = "/v1/chat/completions") throws -> String? {
                let answer = try client.post(path, body)
                #expect(answer.status == 200, "\(body): \(answer.text)")
                return answer.cache
            }
            let messages = #""messages":[{"role":"user","content":"hello"}]"#
            #expect(try state(#"{"model":"main",\#(messages),"temperature":0.5}"#) == "miss")
            for same in [
                #"{"temperature":0.5, \#(messages) ,"model":"main"}"#,
                #"{"model":"main",\#(messages),"temperature":0.5,"user":"someone","metadata":{"a":"b"},"store":true}"#,
                #"{"model":"main","messages":[ {"role" : "user","content":"hello"} ],"temperature":0.5}"#,
            ] {
                #expect(try state(same) == "hit", "\(same)")
            }
            for other in [
                #"{"model":"main",\#(messages),"temperature":0.6}"#, #"{"model":"main",\#(messages)}"#,
                #"{"model":"main",\#(messages),"temperature":0.5,"x_unknown":1}"#,
                #"{"model":"main",\#(messages),"temperature":0.5,"seed":1}"#,
                #"{"model":"main",\#(messages),"temperature":0.5,"n":2}"#,
                #"{"model":"main","messages":[{"role":"user","content":"Hello"}],"temperature":0.5}"#,
            ] {
                #expect(try state(other) == "miss", "\(other)")
            }
            #expect(try client.complete("hello", #""temperature":0.6,"echo":false"#).cache == "miss")
            await simulator.stop()
        }

        @Test func `one entry serves clients of both dialects, each in its own form, streamed or not`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let chat = try gateway.chat("hello")
            #expect(chat.cache == "miss")
            for _ in 1...2 {
                let completion = try gateway.complete("hello")
                #expect((completion.cache, completion.json["object"]?.string) == ("hit", "text_completion"))
                #expect(completion.json["choices"]?[0]?["text"]?.string == chat.says())
            }
            let body = #"{"model":"main","prompt":"hello","stream":true}"#
            let streamed = try gateway.stream("/v1/completions", body)
            #expect(try streamed.readHead().cache == "hit")
            #expect(try streamed.readAll().says() == chat.says())
            #expect(try gateway.complete("other").cache == "miss")
            #expect(try gateway.chat("other").cache == "hit")
            #expect(simulator.calls.total == 2)
            await simulator.stop()
        }

        @Test func `a reload that shortens the time to live holds for what is stored already`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "cache: { ttl: 1h }"))
            #expect(try gateway.chat("hello").cache == "miss")
            #expect(try gateway.chat("hello").cache == "hit")
            #expect(try gateway.reload(TestSettings(at: simulator.baseURL, "cache: { ttl: 0s }")).status == 200)
            #expect(try gateway.chat("hello").cache == "miss")
            await simulator.stop()
        }

        @Test func `a reload that wants scores of texts makes texts without one a miss`() async throws {
            let small = ModelScript(says: "well", faults: [.init(.logprobs(.missing))])
            let simulator = try await Simulator.with(small: small)
            func settings(_ text: String) -> TestSettings {
                let missing = "when_missing: { text: \(text), tools: accept }"
                let confidence = "confidence: { score: min_logprob, threshold: -1, \(missing) }"
                return TestSettings(at: simulator.baseURL, confidence)
            }
            let gateway = try RunningGateway(settings("accept"))
            #expect(try gateway.chat("hello").answeredBy == "small")
            #expect(try gateway.chat("hello").cache == "hit")
            #expect(try gateway.reload(settings("fallback")).status == 200)
            let anew = try gateway.chat("hello")
            #expect((anew.cache, anew.verdict) == ("miss", "no_logprobs"))
            await simulator.stop()
        }

        @Test func `fewer choices than were asked for are a fallback, and are not stored`() async throws {
            let choice = #"{"index":0,"message":{"role":"assistant","content":"well"},"finish_reason":"stop"}"#
            let body = #"{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[\#(choice)]}"#
            let one = ModelScript(says: "well", faults: [.init(.body(body))])
            let simulator = try await Simulator.with(small: one, large: one)
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            for _ in 1...2 {
                let answer = try gateway.chat("hello", #""n":3"#)
                #expect((answer.status, answer.answeredBy, answer.cache) == (200, "large", "miss"))
                #expect(answer.verdict == "small_error.malformed")
            }
            #expect(try gateway.chat("hello").answeredBy == "small")
            await simulator.stop()
        }

        @Test func `who wants more log-probabilities than are stored is a miss that replaces the entry`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let client = try gateway.client()
            let two = #""logprobs":true,"top_logprobs":2"#
            #expect(try client.chat("hello").cache == "miss")
            #expect(try client.chat("hello", two).cache == "miss")
            let fewer = try client.chat("hello", #""logprobs":true,"top_logprobs":1"#)
            #expect(fewer.cache == "hit")
            #expect(fewer.json["choices"]?[0]?["logprobs"]?["content"]?[0]?["top_logprobs"]?.array?.count == 1)
            let none = try client.chat("hello")
            #expect((none.cache, none.json["choices"]?[0]?["logprobs"]?.isNull) == ("hit", true))
            #expect(simulator.calls["small"].calls == 2)
            await simulator.stop()
        }

        @Test func `no-cache asks anew, no-store leaves nothing behind, max-age refuses what is too old`() async throws
        {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            let client = try gateway.client()
            func state(_ text: String, _ control: String) throws -> String? {
                try client.chat(text, headers: ["cache-control": control]).cache
            }
            #expect(try state("a", "no-store") == "bypass")
            #expect(try client.chat("a").cache == "miss", "nothing was stored")
            #expect(try state("a", "No-Cache") == "bypass")
            #expect(try state("a", "no-store, no-cache") == "bypass")
            #expect(try state("a", "max-age=600") == "hit")
            let calls = simulator.calls["small"].calls
            #expect(try becomes { try state("a", "max-age=0") == "miss" })
            #expect(simulator.calls["small"].calls == calls + 1)
            #expect(try client.chat("a").cache == "hit")
            for nonsense in ["max-age=x", "max-age=-1", "private", ""] { #expect(try state("a", nonsense) == "hit") }
            await simulator.stop()
        }

        @Test func `answers are shared between keys only where the route says so`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings(at: simulator.baseURL)
            settings.route("common", "cache: { scope: route }")
            settings.route("uncached", "cache: { scope: none }")
            settings.route("brief", "cache: { ttl: 0s }")
            settings.server = ["keys: keys.yaml"]
            let keys = TestKeys(("ann", "may: [no-cache]"), ("bob", ""))
            let gateway = try RunningGateway(settings, files: ["keys.yaml": keys.yaml])
            func state(_ key: String, _ route: String = "main", _ more: [String: String] = [:]) throws -> String? {
                try gateway.chat("hello", route: route, headers: keys[key].merging(more) { $1 }).cache
            }
            #expect(
                (try state("ann"), try state("bob"), try state("ann"), try state("bob")) == (
                    "miss", "miss", "hit", "hit"
                )
            )
            #expect((try state("ann", "common"), try state("bob", "common")) == ("miss", "hit"))
            #expect((try state("ann", "uncached"), try state("ann", "uncached")) == ("bypass", "bypass"))
            #expect((try state("ann", "brief"), try state("ann", "brief")) == ("miss", "miss"))
            let fresh = ["cache-control": "no-cache"]
            #expect((try state("ann", "common", fresh), try state("bob", "common", fresh)) == ("bypass", "hit"))
            await simulator.stop()
        }

        @Test func `an answer that was cut off is not stored`() async throws {
            let simulator = try await Simulator.with(
                small: ModelScript(answers: [.init(reply: .texts(["half a"]), finishReason: "length")])
            )
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL))
            for _ in 1...2 { #expect(try gateway.chat("hello").cache == "miss") }
            await simulator.stop()
        }

        @Test func `a threshold that a reload raises makes a stored small answer a miss`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "well", logprob: -0.5))
            func settings(_ threshold: Double) -> TestSettings {
                TestSettings(at: simulator.baseURL, "confidence: { score: min_logprob, threshold: \(threshold) }")
            }
            let gateway = try RunningGateway(settings(-1))
            let client = try gateway.client()
            #expect((try client.chat("hello").cache, try client.chat("hello").cache) == ("miss", "hit"))
            #expect(try gateway.reload(settings(-0.1)).status == 200)
            let after = try client.chat("hello")
            #expect((after.cache, after.answeredBy, after.verdict) == ("miss", "large", "low_confidence"))
            #expect(try client.chat("hello").cache == "hit")
            await simulator.stop()
        }
    }
}
