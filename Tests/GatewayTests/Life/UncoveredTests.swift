import Harvest
import JSON
import Simulation
import Testing

extension SystemTests {
    /// Requests that small's prompt has no place for, or that do not fit its context.
    struct UncoveredTests {
        private static let tools = #""tools":[{"type":"function","function":{"name":"f"}}]"#
        private static let system = #"{"role":"system","content":"be brief"},"#

        /// A question with something in front of it, and further members.
        private func ask(
            _ gateway: RunningGateway,
            _ before: String = "",
            _ more: String = "",
            route: String = "main",
            content: String = #""hello""#,
            headers: [String: String] = [:]
        ) throws -> Answer {
            let messages = before + #"{"role":"user","content":"# + content + "}"
            let body = #"{"model":"\#(route)","messages":[\#(messages)]\#(more.isEmpty ? "" : ",\(more)")}"#
            return try gateway.client().post("/v1/chat/completions", body, headers)
        }

        private func image(_ text: String) -> String {
            #"[{"type":"text","text":"\#(text)"},{"type":"image_url","image_url":{"url":"data:,"}}]"#
        }

        @Test func `what small's prompt has no place for goes to large, and every place says why`() async throws {
            let simulator = try await Simulator.with()
            let settings = TestSettings(
                at: simulator.baseURL,
                "prompt: { small: small.mustache }",
                smallAPI: "completions"
            )
            let gateway = try RunningGateway(settings, files: ["small.mustache": "{{input}} ->"])
            let earlier = #"{"role":"user","content":"a"},{"role":"assistant","content":"b"},"#
            let answers = [
                try ask(gateway, Self.system), try ask(gateway, earlier), try ask(gateway, "", Self.tools),
                try ask(gateway, content: image("hello")),
                try ask(gateway, "", #""response_format":{"type":"json_object"}"#),
                try ask(gateway, Self.system, headers: ["x-understudy-use": "small", "cache-control": "no-cache"]),
            ]
            for answer in answers {
                #expect(
                    (answer.status, answer.answeredBy, answer.verdict) == (200, "large", "uncovered"),
                    "\(answer.text)"
                )
                #expect(answer["x-understudy-fallback-reason"] == "uncovered")
                #expect(answer.cache == "miss" || answer.cache == "bypass")
            }
            #expect(simulator.calls["small"].calls == 0)
            #expect(simulator.lastBody(to: "large").contains("be brief"), "large is sent all of it")
            let hit = try ask(gateway, Self.system)
            #expect((hit.answeredBy, hit.cache, hit.verdict) == ("cache", "hit", "uncovered"))
            #expect(try ask(gateway).answeredBy == "small")

            #expect(try gateway.metric(#"understudy_verdicts_total{route="main",reason="uncovered"}"#) == 6)
            #expect(try gateway.metric(#"understudy_candidates_total{route="main",reason="uncovered"}"#) == 6)
            #expect(becomes { gateway.accessLines.count { $0["verdict"]?.string == "uncovered" } == 7 })
            #expect(
                try becomes {
                    let files = try gateway.recordFiles()
                    return files.reduce(0) { sum, file in
                        sum + file.records.count { file.text($0.reason) == "uncovered" }
                    } == 7
                }
            )

            let kept = try gateway.candidates(atLeast: 6)
            #expect(kept.count == 6)
            for candidate in kept {
                #expect(candidate["reason"]?.string == "uncovered")
                #expect(candidate["small"]?.isNull == true)
                #expect(candidate["large"]?["model"]?.string == "large")
                #expect(candidate["prompt"]?["small"]?.isNull == true, "there is no prompt that says all of it")
                #expect(
                    candidate["detail"]?.string?.contains("has no place for") == true
                        || candidate["detail"]?.string?.contains("not supported") == true
                )
                #expect(candidate["untrainable"]?.string == "uncovered")
            }
            await simulator.stop()
        }

        @Test func `what no prompt of the route has a place for is a 400 that says which member`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, "prompt: { small: p.mustache, large: p.mustache }"),
                files: ["p.mustache": "{{input}} ->"]
            )
            let answers = [
                ("messages[0]", try ask(gateway, Self.system)),
                ("messages[0]", try ask(gateway, #"{"role":"user","content":"a"},"#)),
                ("tools", try ask(gateway, "", Self.tools)),
                ("messages[0].content", try ask(gateway, content: image("hello"))),
                ("messages[0].content", try ask(gateway, "", #""stream":true"#, content: image("hello"))),
                ("prompt", try gateway.client().post("/v1/completions", #"{"model":"main","prompt":[1,2]}"#)),
            ]
            for (param, answer) in answers {
                #expect(answer.status == 400, "\(answer.text)")
                #expect(answer.error?["param"]?.string == param)
                #expect(answer.error?["type"]?.string == "invalid_request_error")
            }
            #expect(simulator.calls.total == 0)
            #expect(try ask(gateway).answeredBy == "small")
            #expect(try gateway.candidates().isEmpty)
            await simulator.stop()
        }

        @Test func `what may be dropped is dropped, and still another question to the cache`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, "prompt: { small: p.mustache, ignore: [system, tools] }"),
                files: ["p.mustache": "{{input}} ->"]
            )
            let first = try ask(gateway, Self.system, Self.tools + #","tool_choice":"auto""#)
            #expect((first.answeredBy, first.verdict) == ("small", "accept"), "\(first.text)")
            #expect(simulator.lastBody(to: "small").contains(#""messages":[{"role":"user","content":"hello ->"}]"#))
            #expect(!simulator.lastBody(to: "small").contains("tool"))
            #expect(try ask(gateway, Self.system.replacing("brief", with: "long"), Self.tools).cache == "miss")
            #expect(try ask(gateway, Self.system, Self.tools + #","tool_choice":"auto""#).cache == "hit")
            #expect(try ask(gateway, #"{"role":"user","content":"a"},"#).verdict == "uncovered", "not in the list")
            await simulator.stop()
        }

        @Test func `a stream says so in its head`() async throws {
            let simulator = try await Simulator.with()
            let gateway = try RunningGateway(
                TestSettings(at: simulator.baseURL, "prompt: { small: p.mustache }", "early_abort: true", "hold: 1"),
                files: ["p.mustache": "{{input}} ->"]
            )
            let answer = try ask(gateway, Self.system, #""stream":true"#)
            #expect(answer["content-type"]?.hasPrefix("text/event-stream") == true)
            #expect((answer.answeredBy, answer.verdict) == ("large", "uncovered"))
            #expect(simulator.calls["small"].calls == 0)
            await simulator.stop()
        }

        @Test func `an input that cannot fit small's context goes to large without asking small`() async throws {
            let simulator = try await Simulator.with()
            var settings = TestSettings()
            settings.model("small", at: simulator.baseURL, api: "completions", "context: 100")
            settings.model("large", at: simulator.baseURL, "context: 1000")
            settings.route("main", "prompt: { small: p.mustache }", "parameters: { small: { max_tokens: 10 } }")
            let gateway = try RunningGateway(settings, files: ["p.mustache": "{{input}} ->"])
            // With the template's three bytes 360, which are 90 tokens; and ten for the answer.
            #expect(try gateway.chat(String(repeating: "a", count: 357)).answeredBy == "small")
            let long = try gateway.chat(String(repeating: "a", count: 358))
            #expect((long.status, long.answeredBy, long.verdict) == (200, "large", "too_long"))
            #expect(long["x-understudy-fallback-reason"] == "too_long")
            #expect(simulator.calls["small"].calls == 1)
            let candidate = try #require(try gateway.candidates(atLeast: 1).first)
            #expect(candidate["reason"]?.string == "too_long")
            #expect(candidate["small"]?.isNull == true)
            #expect(candidate["detail"]?.string?.contains("maximum context length is 100 tokens") == true)
            #expect(candidate["untrainable"]?.string == "too_long")
            let tooLong = [
                ("messages", try gateway.chat(String(repeating: "a", count: 4000))),
                ("messages", try gateway.chat(String(repeating: "a", count: 4000), #""stream":true"#)),
                ("prompt", try gateway.complete(String(repeating: "a", count: 4000))),
            ]
            for (param, answer) in tooLong {
                #expect((answer.status, answer.error?["code"]?.string) == (400, "context_length_exceeded"))
                #expect(answer.error?["param"]?.string == param)
                #expect(answer.error?["type"]?.string == "invalid_request_error")
            }
            #expect(simulator.calls["large"].calls == 1)
            await simulator.stop()
        }

        @Test func `a provider's own word for too long is a fallback of small's and is kept of large's`() async throws {
            let simulator = try await Simulator.with()
            let body =
                #"{"error":{"message":"This model's maximum context length is 7 tokens.","#
                + #""type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#
            let upstream = try ScriptedUpstream(
                says: "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
                    + "content-length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            var settings = TestSettings(at: simulator.baseURL)
            settings.model("full", at: upstream.baseURL)
            settings.route("small-full", small: "full")
            settings.route("large-full", small: nil, large: "full")
            let gateway = try RunningGateway(settings)
            let fallen = try gateway.chat("hello", route: "small-full")
            #expect((fallen.answeredBy, fallen.verdict) == ("large", "small_error.status_400"))
            let refused = try gateway.chat("hello", route: "large-full")
            #expect((refused.status, refused.error?["code"]?.string) == (400, "context_length_exceeded"))
            #expect(refused.error?["message"]?.string == "This model's maximum context length is 7 tokens.")
            await simulator.stop()
        }

        @Test func `what is sent to small is what is trained on`() async throws {
            let simulator = try await Simulator.with(
                small: .table([(when: "known", says: .texts(["kind:function\nand more"]))], logprobs: .sure)
                    .withLeadingSpace,
                large: ModelScript(says: "kind:function")
            )
            let gateway = try RunningGateway(
                TestSettings(
                    at: simulator.baseURL,
                    "prompt: { small: small.mustache }",
                    #"parameters: { small: { temperature: 0, max_tokens: 16, stop: ["\n"] } }"#,
                    "checks: [finished, { regex: '^kind:' }]",
                    smallAPI: "completions"
                ),
                files: ["small.mustache": "{{input}}\n\n###\n\n"]
            )
            let taught = try gateway.chat("a \"new\" question")
            #expect((taught.answeredBy, taught.says()) == ("large", "kind:function"))
            let sent = try JSONTree.parse(Array(simulator.lastBody(to: "small").utf8))
            let kept = try #require(try gateway.candidates(atLeast: 1).first)
            var export = Export(ExportOptions(format: .completions))
            export.add(try Candidate(json: kept.encode()))
            export.finish()
            #expect(export.violations.isEmpty)
            let line = try JSONTree.parse(try #require(Export.Part.allCases.flatMap { export.lines($0) }.first))
            #expect(line["prompt"] == sent["prompt"])
            #expect(line["prompt"]?.string == "a \"new\" question\n\n###\n\n")
            #expect(sent["stop"]?[0]?.string == "\n")
            #expect(line["completion"]?.string == " kind:function\n", "the space before it, and the stop after it")
            // A model that has learnt that line answers what large answered.
            let learnt = try gateway.chat("a known question")
            #expect((learnt.answeredBy, learnt.says()) == ("small", taught.says()))
            await simulator.stop()
        }
    }
}

extension ModelScript {
    /// As models write that were fine-tuned on pairs.
    fileprivate var withLeadingSpace: ModelScript {
        var script = self
        script.leadingSpace = true
        return script
    }
}
