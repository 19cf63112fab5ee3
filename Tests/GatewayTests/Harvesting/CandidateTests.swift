import JSON
import Simulation
import Testing

extension SystemTests {
    /// What becomes a candidate, and what is in it.
    struct CandidateTests {
        @Test func `a candidate holds everything that a trainer or a reviewer needs`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "well", logprob: -3))
            let settings = TestSettings(
                at: simulator.baseURL,
                "confidence: { score: min_logprob, threshold: -1.5 }",
                "prompt: { small: small.mustache }",
                "parameters: { small: { stop: [END] } }",
                smallAPI: "completions"
            )
            let gateway = try RunningGateway(settings, files: ["small.mustache": "Q: {{input}}\nA:"])
            let body =
                #"{"model":"main","messages":[{"role":"user","content":"hello"}],"temperature":0.10,"#
                + #""x":1.0e2,"metadata":{"tenant":"acme"}}"#
            let answer = try gateway.client().post("/v1/chat/completions", body, ["x-request-id": "mine-1"])
            #expect(answer.answeredBy == "large")
            let kept = try gateway.candidates(atLeast: 1)
            #expect(kept.count == 1)
            let candidate = try #require(kept.first)
            #expect(candidate["id"]?.string?.isEmpty == false)
            #expect(candidate["id"]?.string != "mine-1")
            #expect(candidate["request_id"]?.string == "mine-1")
            #expect(candidate["created_at"]?.string?.hasSuffix("Z") == true)
            #expect(candidate["route"]?.string == "main")
            #expect(candidate["environment"]?.string?.isEmpty == false)
            #expect(candidate["contract"]?.string?.count == 64)
            #expect(candidate["version"]?.string?.isEmpty == false)
            #expect(candidate["source"]?.string == "fallback")
            #expect(candidate["reason"]?.string == "low_confidence")
            #expect(candidate["detail"]?.string?.contains("-3") == true)
            #expect(try candidate["request"] == JSONTree.parse(Array(body.utf8)))
            #expect(candidate["prompt"]?["small"]?.string == "Q: hello\nA:")
            #expect(candidate["prompt"]?["large"]?[0]?["content"]?.string == "hello")
            for (role, text, price) in [("small", "well", (1.0, 2.0)), ("large", "from large", (10.0, 20.0))] {
                let side = candidate[role]
                #expect(side?["model"]?.string == role)
                let choice = side?["choices"]?[0]
                #expect((choice?["text"]?.string ?? choice?["message"]?["content"]?.string) == text)
                let input = Double(side?["usage"]?["prompt_tokens"]?.int ?? 0)
                let output = Double(side?["usage"]?["completion_tokens"]?.int ?? 0)
                let cost = (input * price.0 + output * price.1) / 1_000_000
                #expect(abs((side?["cost"]?.double ?? 0) - cost) < 1e-12 && cost > 0)
                #expect((side?["ms"]?.double ?? 0) > 0)
                #expect((side?["cut"]?.bool, side?["cut_at"]?.isNull) == (false, true))
            }
            #expect(candidate["small"]?["choices"]?[0]?["logprobs"]?["token_logprobs"]?[0]?.double == -3)
            #expect((candidate["score"]?.double, candidate["threshold"]?.double) == (-3, -1.5))
            #expect(candidate["cache_key"]?.string?.count == 64)
            #expect(candidate["status"]?.string == "new")
            #expect(candidate["completion"]?.isNull == true)
            #expect(candidate["metadata"]?["tenant"]?.string == "acme")
            #expect(candidate["stop"]?.string == "END")
            await simulator.stop()
        }

        @Test func `store false, the route's policy and the key's keep exchanges out, the strictest wins`() async throws
        {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"))
            var settings = TestSettings()
            settings.server = ["keys: keys.yaml"]
            settings.model("small", at: simulator.baseURL)
            settings.model("large", at: simulator.baseURL)
            for policy in ["always", "opt_in", "never"] {
                settings.route(policy, "checks: [json]", "harvest: \(policy)", "cache: { scope: none }")
            }
            let keys = TestKeys(("plain", ""), ("careful", "harvest: opt_in"), ("secret", "harvest: never"))
            let gateway = try RunningGateway(settings, files: ["keys.yaml": keys.yaml])
            var expected: [String] = []
            for route in ["always", "opt_in", "never"] {
                for key in ["plain", "careful", "secret"] {
                    for store in ["", #""store":true"#, #""store":false"#] {
                        let id = "\(route)-\(key)-\(store.filter(\.isLetter))"
                        let headers = keys[key].merging(["x-request-id": id]) { $1 }
                        let answer = try gateway.chat("hello", route: route, store, headers: headers)
                        #expect(answer.answeredBy == "large")
                        let isNever = route == "never" || key == "secret" || store.contains("false")
                        let mustOptIn = route == "opt_in" || key == "careful"
                        if !isNever, !mustOptIn || store.contains("true") { expected.append(id) }
                    }
                }
            }
            let kept = try gateway.candidates(atLeast: expected.count)
            #expect(Set(kept.compactMap { $0["request_id"]?.string }) == Set(expected))
            #expect(kept.count == expected.count)
            await simulator.stop()
        }

        @Test func `waiters make no second candidate, and one who forbids storing forbids it for all`() async throws {
            let simulator = try await Simulator.with(small: ModelScript(says: "{"), large: .broken(.hold))
            let gateway = try RunningGateway(TestSettings(at: simulator.baseURL, "checks: [json]"))
            for (number, extra) in ["", #""store":false"#].enumerated() {
                let clients = try (1...4).map { _ in try gateway.client() }
                for (index, client) in clients.enumerated() {
                    let body = chatBody("question \(number)", route: "main", index == 2 ? extra : "")
                    try client.send("POST", "/v1/chat/completions", Array(body.utf8))
                    if index == 0 { #expect(await simulator.wait { $0["large"].inFlight == 1 }) }
                }
                #expect(try gateway.hasBegunEverything())
                await simulator.release()
                let answers = try clients.map { try $0.read() }
                #expect(answers.allSatisfy { $0.answeredBy == "large" })
                #expect(answers.count { $0.cache == "shared" } == 3)
            }
            // One more, whose candidate shows that the earlier ones have arrived.
            let last = try gateway.client()
            try last.send("POST", "/v1/chat/completions", Array(chatBody("last").utf8))
            #expect(await simulator.wait { $0["large"].inFlight == 1 })
            await simulator.release()
            #expect(try last.read().status == 200)
            #expect(try becomes { try gateway.candidates().contains { "\($0)".contains("last") } })
            #expect(try gateway.candidates().count == 2)
            await simulator.stop()
        }
    }
}
