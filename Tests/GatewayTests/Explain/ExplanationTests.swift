import Completions
import Foundation
import JSON
import Simulation
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(2)))
struct ExplanationTests {
    private let folder: SettingsFolder

    init() throws {
        folder = try SettingsFolder()
        try folder.write("large.mustache", "Answer with one word.\n{{input}}")
        try folder.write(
            "keys.yaml",
            """
            - { name: web, sha256: \(String(repeating: "a", count: 64)), routes: [search] }
            - { name: batch, sha256: \(String(repeating: "b", count: 64)), may: [use, no-cache], harvest: never }

            """
        )
    }

    private func yaml(_ route: String = "", url: String = "http://127.0.0.1:1/v1", server: String = "{}") -> String {
        """
        server: \(server)
        models:
          tiny: { base_url: "\(url)", api: completions, model: tiny-1, headers: [x-tier] }
          next: { base_url: "\(url)", api: completions }
          huge: { base_url: "\(url)", api: chat, model: huge-1, price: { input: 1, output: 1 } }
        routes:
          search:
            small: tiny
            large: huge
            prompt: { small: large.mustache, large: large.mustache }
            parameters: { small: { temperature: 0, max_tokens: 8 } }
            checks: [finished, one_of: [yes, no], max_chars: 3]
            confidence: { score: min_logprob, threshold: -1 }
            \(route)
          other: { large: huge }

        """
    }

    private func chat(_ content: String = "Is it?", _ more: String = "") -> [UInt8] {
        Array(#"{"model":"search","messages":[{"role":"user","content":"\#(content)"}]\#(more)}"#.utf8)
    }

    private func explain(
        _ yaml: String,
        _ body: [UInt8]? = nil,
        dialect: Dialect? = nil,
        headers: [(String, String)] = [],
        key: String? = nil
    ) throws -> JSONTree {
        let question = ExplanationQuestion(body: body ?? chat(), dialect: dialect, headers: headers, key: key)
        return try Explanation(question, under: folder.snapshot(yaml)).facts.tree
    }

    // MARK: Without asking

    @Test func `the eight verbs stand in their order`() throws {
        let names = try explain(yaml()).object?.map(\.name)
        #expect(names == ["receive", "choose", "recall", "ask", "judge", "harvest", "answer", "remember"])
    }

    @Test func `bodies are those that a flight sends, to small and to large`() throws {
        let tree = try explain(yaml(), chat("Is it?", #","seed":7,"store":true"#))
        let small = tree["ask"]?["small"]
        #expect(small?["when"]?.string == "at once")
        #expect(small?["url"]?.string == "http://127.0.0.1:1/v1/completions")
        #expect(small?["body"]?["model"]?.string == "tiny-1")
        #expect(small?["body"]?["prompt"]?.string == "Answer with one word.\nIs it?")
        #expect(small?["body"]?["seed"]?.int == 7)
        #expect(small?["body"]?["max_tokens"]?.int == 8)
        #expect(small?["body"]?["logprobs"]?.int == 0)
        #expect(small?["body"]?["store"] == nil)
        let large = tree["ask"]?["large"]?["body"]
        #expect(large?["messages"]?[0]?["content"]?.string == "Answer with one word.\nIs it?")
        #expect(large?["logprobs"] == nil)
    }

    @Test func `the dialect is guessed from what the body holds, and may be said`() throws {
        #expect(try explain(yaml())["receive"]?["dialect"]?.string == "chat")
        let prompt = Array(#"{"model":"search","prompt":"Is it?"}"#.utf8)
        #expect(try explain(yaml(), prompt)["receive"]?["dialect"]?.string == "completions")
        #expect(try explain(yaml(), prompt)["receive"]?["input_chars"]?.int == 6)
        #expect(throws: APIError.self) { try explain(yaml(), prompt, dialect: .chat) }
    }

    @Test func `the rule that decided is named, with what the request has in the place of each condition`() throws {
        let rules = """
            rules:
                  - { when: { input_chars: { over: 100 } }, use: large }
                  - { when: { header: { x-tier: gold }, share: 100% }, small: next }
                  - { use: large }
            """
        let plain = try explain(yaml(rules))["choose"]
        #expect(plain?["decided_by"]?.string == "rule 3")
        #expect(plain?["role"]?.string == "large")
        #expect(plain?["reason"]?.string == "rule")
        #expect(plain?["model"]?.string == "huge")
        #expect(plain?["rules"]?.array?.count == 3)
        #expect(plain?["rules"]?[0]?["when"]?[0]?.string == "input_chars over 100: no, it has 6")
        #expect(plain?["rules"]?[1]?["when"]?[0]?.string == "header x-tier: gold: no, it was not sent")
        #expect(plain?["rules"]?[2]?["holds"]?.bool == true)
        let long = try explain(yaml(rules), chat(String(repeating: "x", count: 101)))["choose"]
        #expect(long?["decided_by"]?.string == "rule 1")
        #expect(long?["rules"]?.array?.count == 1)
        let gold = try explain(yaml(rules), headers: [("X-Tier", "gold")])["choose"]
        #expect(gold?["decided_by"]?.string == "rule 2")
        #expect(gold?["reason"]?.string == "no_small")
        #expect(gold?["why"]?.string == "small was wanted, and it is not trained yet")
        #expect(
            gold?["rules"]?[1]?["when"]?[1]?.string?.hasPrefix("share 100.00 %: yes, this request stands at") == true
        )
    }

    @Test func `both prompts are shown, their lengths, and what small is spared`() throws {
        try folder.write("small.mustache", "{{input}} ->")
        let yaml = yaml().replacing("small: large.mustache", with: "small: small.mustache")
        let ask = try explain(yaml.replacing("model: tiny-1", with: "model: tiny-1, context: 50, bytes_per_token: 2"))[
            "ask"
        ]
        #expect(ask?["small"]?["body"]?["prompt"]?.string == "Is it? ->")
        #expect(ask?["small"]?["input"]?["bytes"]?.int == 9)
        #expect(ask?["small"]?["input"]?["tokens"]?.int == 5)
        #expect(ask?["small"]?["input"]?["tokens_from"]?.string == "estimated at 2 bytes a token")
        #expect(ask?["small"]?["input"]?["context"]?.int == 50)
        #expect(ask?["large"]?["input"]?["bytes"]?.int == 28)
        #expect(ask?["large"]?["input"]?["tokens"]?.int == 11)
        #expect(ask?["large"]?["input"]?["context"] == nil)
        #expect(ask?["spared"]?["tokens"]?.int == 6)
        #expect(ask?["spared"]?["percent"]?.double == 54.5)
        #expect(ask?["spared"]?["estimated"]?.bool == true)
    }

    @Test func `why small cannot be asked is said, with the member`() throws {
        let system = #"{"model":"search","messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}]}"#
        let large = yaml().replacing("large: large.mustache }", with: "large: system.mustache }")
        try folder.write("system.mustache", "{{system}} {{input}}")
        let uncovered = try explain(large, Array(system.utf8))
        #expect(uncovered["choose"]?["reason"]?.string == "uncovered")
        #expect(uncovered["choose"]?["param"]?.string == "messages[0]")
        #expect(uncovered["choose"]?["why"]?.string?.contains("no place for a system message") == true)
        #expect(uncovered["ask"]?["small"]?["when"]?.string == "not asked: uncovered")
        #expect(uncovered["ask"]?["small"]?["param"]?.string == "messages[0]")
        #expect(uncovered["ask"]?["large"]?["body"]?["messages"]?[0]?["content"]?.string == "s q")
        #expect(uncovered["ask"]?["spared"] == nil)
        let short = yaml().replacing("model: tiny-1", with: "model: tiny-1, context: 9")
        let long = try explain(short, chat(String(repeating: "x", count: 50)))
        #expect(long["choose"]?["reason"]?.string == "too_long")
        #expect(long["choose"]?["why"]?.string?.contains("maximum context length is 9 tokens") == true)
        #expect(long["ask"]?["small"]?["when"]?.string == "not asked: too_long")
        // Neither can be asked: what a client would get.
        #expect(throws: APIError.self) { try explain(yaml(), Array(system.utf8)) }
    }

    @Test func `a client's own choice is said, where its key may choose`() throws {
        let small = try explain(yaml(), headers: [("x-understudy-use", "small")])
        #expect(small["choose"]?["decided_by"]?.string == "client")
        #expect(small["recall"]?["looked_up"]?.bool == false)
        #expect(small["remember"]?["would_cache"]?.string?.hasPrefix("nothing: the client chose small") == true)
        #expect(small["harvest"]?["would_keep"]?.string == "nothing")
        let keys = yaml(server: "{ keys: keys.yaml }")
        let large = [("x-understudy-use", "large")]
        #expect(try explain(keys, headers: large, key: "batch")["choose"]?["reason"]?.string == "client")
        #expect(try explain(keys, headers: large, key: "web")["choose"]?["decided_by"]?.string == "route")
        #expect(try explain(keys, key: "batch")["harvest"]?["would_keep"]?.string == "nothing")
    }

    @Test func `the cache key is the one that an exchange looks under`() throws {
        let key = try explain(yaml())["recall"]?["cache_key"]?.string
        #expect(key?.count == 64)
        #expect(try explain(yaml(), chat("Is it?", #", "user" : "u""#))["recall"]?["cache_key"]?.string == key)
        #expect(try explain(yaml(), chat("Is it not?"))["recall"]?["cache_key"]?.string != key)
        let unstored = try explain(yaml(), headers: [("cache-control", "no-store")])
        #expect(unstored["recall"]?["looked_up"]?.bool == false)
        #expect(unstored["remember"]?["would_cache"]?.string == "nothing: cache-control: no-store")
        let uncached = try explain(yaml("cache: { scope: none }"))
        #expect(uncached["remember"]?["would_cache"]?.string == "nothing: cache: { scope: none }")
    }

    @Test func `what would be refused is the error that a client would get`() throws {
        func status(_ attempt: () throws -> JSONTree) -> Int? {
            do { _ = try attempt() } catch let error as APIError { return error.status } catch { return -1 }
            return nil
        }
        let keys = yaml(server: "{ keys: keys.yaml }")
        #expect(status { try explain(yaml()) } == nil)
        #expect(status { try explain(yaml(), Array("{".utf8)) } == 400)
        #expect(status { try explain(yaml(), Array(#"{"model":"nope","prompt":"x"}"#.utf8)) } == 404)
        #expect(status { try explain(keys) } == 401)
        #expect(status { try explain(keys, headers: [("authorization", "Bearer x")]) } == 401)
        let other = Array(#"{"model":"other","prompt":"x"}"#.utf8)
        #expect(status { try explain(keys, other, key: "web") } == 403)
        #expect(status { try explain(keys, other, key: "batch") } == nil)
        #expect(
            status {
                try explain(yaml(server: "{ limits: { body: 1KiB } }"), chat(String(repeating: "x", count: 1024)))
            } == 413
        )
        let image =
            #"{"model":"search","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}"#
        #expect(status { try explain(yaml(), Array(image.utf8)) } == 400)
        #expect(throws: UnknownClientKey.self) { try explain(keys, key: "nobody") }
    }

    @Test func `the outline has every fact, and obeys no control characters`() throws {
        let text = Outline.text(
            .object([
                JSONTree.Member(
                    name: "ask",
                    value: .object([
                        JSONTree.Member(name: "prompt", value: .string("one\u{1B}[31m\ntwo")),
                        JSONTree.Member(name: "stop", value: .array([.string("\n"), .string("#")])),
                        JSONTree.Member(name: "n", value: .int(1)),
                        JSONTree.Member(
                            name: "checks",
                            value: .array([.object([JSONTree.Member(name: "check", value: .string("json"))])])
                        ),
                    ])
                )
            ])
        )
        #expect(
            text == """
                ask
                  prompt:
                    | one·[31m
                    | two
                  stop:
                    - "\\n"
                    - #
                  n: 1
                  checks:
                    - check: json

                """
        )
    }

    // MARK: Asking

    private func asked(
        _ models: [String: ModelScript],
        route: String = "",
        headers: [(String, String)] = []
    ) async throws -> (ExplanationReport, Simulator) {
        let simulator = try await Simulator.start(script: Script(models: models))
        let explainer = try Explainer(folder.load(yaml(route, url: simulator.baseURL)))
        let report = try await explainer.explain(ExplanationQuestion(body: chat(), headers: headers), asks: true)
        explainer.stop()
        await simulator.stop()
        return (report, simulator)
    }

    @Test func `an accepted answer of small is shown with its scores, and large is not asked`() async throws {
        let (report, simulator) = try await asked(["tiny-1": ModelScript(says: "yes", logprob: -0.25)])
        let tree = report.tree
        #expect(tree["ask"]?["small"]?["said"]?["choices"]?[0]?["text"]?.string == "yes")
        let input = tree["ask"]?["small"]?["input"]
        #expect(input?["tokens"] == tree["ask"]?["small"]?["said"]?["prompt_tokens"])
        #expect(input?["tokens_from"]?.string == "the provider's usage")
        #expect((input?["bytes_per_token"]?.double ?? 0) > 1)
        #expect(tree["ask"]?["spared"]?["estimated"]?.bool == true, "large was not asked")
        #expect(tree["ask"]?["large"]?["said"] == nil)
        let judged = tree["judge"]?["small"]
        #expect(judged?["verdict"]?.string == "accept")
        #expect(judged?["scores"]?["min_logprob"]?.double == -0.25)
        #expect(judged?["scores"]?["mean_logprob"]?.double == -0.25)
        #expect(judged?["scores"]?["margin"]?.isNull == true)
        #expect(tree["answer"]?["answered_by"]?.string == "small")
        #expect(tree["remember"]?["would_cache"]?.string == "this answer of small")
        #expect(report.error == nil)
        #expect(simulator.calls["huge-1"].calls == 0)
    }

    @Test func `a rejected answer shows every check, also those the verdict did not come to, and large's answer`()
        async throws
    {
        let (report, _) = try await asked(["tiny-1": ModelScript(says: "maybe"), "huge-1": ModelScript(says: "no")])
        let judged = report.tree["judge"]?["small"]
        #expect(judged?["verdict"]?.string == "format.one_of")
        let checks = judged?["checks"]?.array
        #expect(checks?.map { $0["outcome"]?.string } == ["pass", "fail", "fail"])
        #expect(checks?.map { $0["reached"]?.bool } == [nil, nil, false])
        #expect(checks?[1]["detail"]?.string == judged?["detail"]?.string)
        #expect(report.tree["ask"]?["large"]?["said"]?["choices"]?[0]?["text"]?.string == "no")
        #expect(report.tree["judge"]?["large"]?["verdict"]?.string == "accept")
        #expect(report.tree["answer"]?["answered_by"]?.string == "large")
        #expect(report.tree["answer"]?["fallback"]?.bool == true)
        let counted = ["small", "large"].map { report.tree["ask"]?[$0]?["said"]?["prompt_tokens"]?.int ?? 0 }
        #expect(report.tree["ask"]?["spared"]?["tokens"]?.int == counted[1] - counted[0])
        #expect(report.tree["ask"]?["spared"]?["estimated"]?.bool == false)
        #expect(report.tree["remember"]?["would_cache"]?.string == "this answer of large")
    }

    @Test func `an unsure answer falls back, and is given where large fails`() async throws {
        let models = [
            "tiny-1": ModelScript(says: "yes", logprob: -3),
            "huge-1": ModelScript(says: "no", faults: [ScriptedFault(.status(500))]),
        ]
        let (report, _) = try await asked(models)
        #expect(report.tree["judge"]?["small"]?["verdict"]?.string == "low_confidence")
        #expect(report.tree["ask"]?["large"]?["said"]?["error"]?.string == "status_5xx")
        #expect(report.tree["answer"]?["answered_by"]?.string == "small")
        #expect(report.tree["remember"]?["would_cache"]?.string?.hasPrefix("nothing") == true)
        let (strict, _) = try await asked(models, route: "on_large_error: error")
        #expect(strict.tree["answer"]?["status"]?.int == 502)
        #expect(strict.error?.status == 502)
    }

    @Test func `a model that fails is said in its own words`() async throws {
        let (report, _) = try await asked([
            "tiny-1": ModelScript(says: "yes", faults: [ScriptedFault(.status(400, message: "no such prompt"))]),
            "huge-1": ModelScript(says: "perhaps"),
        ])
        #expect(report.tree["ask"]?["small"]?["said"]?["error"]?.string == "status_400")
        #expect(report.tree["ask"]?["small"]?["said"]?["detail"]?.string == "status 400: no such prompt")
        #expect(report.tree["judge"]?["large"]?["verdict"]?.string == "format.one_of")
        #expect(report.tree["answer"]?["answered_by"]?.string == "large")
        let (invalid, _) = try await asked(["huge-1": ModelScript(says: "perhaps")], route: "on_large_invalid: error")
        #expect(invalid.error?.code == "answer_invalid")
    }

    @Test func `small chosen by the client answers whatever its verdict`() async throws {
        let (report, simulator) = try await asked(
            ["tiny-1": ModelScript(says: "maybe")],
            headers: [("x-understudy-use", "small"), ("x-tier", "gold")]
        )
        #expect(report.tree["answer"]?["answered_by"]?.string == "small")
        #expect(report.tree["answer"]?["verdict"]?.string == "format.one_of")
        #expect(report.tree["ask"]?["small"]?["headers"]?[0]?.string == "x-tier")
        #expect(simulator.calls["huge-1"].calls == 0)
        #expect(report.text.contains("\n  answered_by: small\n"))
    }
}
