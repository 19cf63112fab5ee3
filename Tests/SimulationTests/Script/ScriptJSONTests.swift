import Testing

@testable import Simulation

@Suite struct ScriptJSONTests {
    private func read(_ json: String) throws(ScriptError) -> Script { try Script.read(Array(json.utf8)) }

    @Test("a whole script")
    func whole() throws {
        let script = try read(
            """
            { "seed": 7, "api_keys": ["k"], "models": { "small": {
                "latency_ms": 60, "jitter_ms": 20, "per_token_ms": 1.5, "leading_space": true, "offsets_from_prompt": false,
                "answers": [
                  { "contains": "refund", "text": "yes", "logprobs": { "fixed": -2.5 } },
                  { "equals": "hi", "texts": ["hello", "good day"], "finish_reason": "length" },
                  { "tool_calls": [{ "name": "weather", "arguments": "{}" }] },
                  { "refusal": "no" }, { "echo": true }, { "search": "large" }, { "search": "small" } ],
                "logprobs": { "drawn": [-0.1, -0.001], "rules": [{ "text": "maybe", "logprob": -3 }] } } } }
            """
        )
        var small = ModelScript(
            latency: .milliseconds(60),
            jitter: .milliseconds(20),
            perToken: .microseconds(1500),
            logprobs: LogprobScript(base: .drawn(from: -0.1, to: -0.001), rules: [.init(text: "maybe", logprob: -3)]),
            leadingSpace: true,
            offsetsFromPrompt: false
        )
        small.answers = [
            AnswerRule(when: .contains("refund"), reply: .texts(["yes"]), logprobs: LogprobScript(base: .fixed(-2.5))),
            AnswerRule(when: .equals("hi"), reply: .texts(["hello", "good day"]), finishReason: "length"),
            AnswerRule(reply: .toolCalls([ScriptedToolCall(name: "weather", arguments: "{}")])),
            AnswerRule(reply: .refusal("no")), AnswerRule(reply: .echo), AnswerRule(reply: .teacher(.search)),
            AnswerRule(reply: .student(.search, .usual)),
        ]
        #expect(script == Script(seed: 7, apiKeys: ["k"], models: ["small": small]))
    }

    static let faults: [(String, ScriptedFault)] = [
        (#""status": 429, "retry_after": "2", "every": 10"#, .init(.status(429, retryAfter: "2"), .init(every: 10))),
        (#""slow_ms": 5, "share": 0.5"#, .init(.slow(.milliseconds(5)), .init(share: 0.5))),
        (#""hold": true, "contains": "x""#, .init(.hold, .init(contains: "x"))),
        (#""stall_ms": 10, "after": 3"#, .init(.stall(after: 3, for: .milliseconds(10)))),
        (#""stall_ms": null"#, .init(.stall(after: 0, for: nil))),
        (#""reset": "before", "first": 1"#, .init(.resetBefore, .init(first: 1))),
        (#""reset": "inside", "after": 9"#, .init(.resetInside(after: 9))),
        (#""malformed": true"#, .init(.malformed)),
        (#""body": "{}""#, .init(.body("{}"))),
        (#""logprobs": "nulls""#, .init(.logprobs(.nulls))),
        (#""content_type": "text/html""#, .init(.contentType("text/html"))),
        (#""oversized": 100"#, .init(.oversized(100))),
        (#""close": true"#, .init(.closeAfter)),
        (#""stream": "reset", "after": 3"#, .init(.stream(.reset(after: 3)))),
        (#""stream": "close", "after": 3, "every": 2"#, .init(.stream(.close(after: 3)), .init(every: 2))),
        (#""stream": "end""#, .init(.stream(.end(after: 0)))),
        (#""stream": "error", "after": 1, "message": "m""#, .init(.stream(.error(after: 1, message: "m")))),
        (#""stream": "malformed", "after": 1"#, .init(.stream(.malformed(after: 1)))),
        (#""stream": "stall", "after": 1"#, .init(.stream(.stall(after: 1)))),
        (#""stream": "stall", "for_ms": null"#, .init(.stream(.stall(after: 0)))),
        (#""stream": "stall", "for_ms": 5"#, .init(.stream(.stall(after: 0, for: .milliseconds(5))))),
        (#""stream": "endless""#, .init(.stream(.endless))),
        (#""stream": "comments", "after": 2"#, .init(.stream(.comments(after: 2)))),
        (#""stream": "no_done""#, .init(.stream(.noDone))),
    ]

    @Test("how often a small model is wrong: by a share, or by the way")
    func flaws() throws {
        let script = try read(
            """
            { "models": { "m": { "answers": [
                { "contains": "a", "search": "small", "wrong": 0.2 },
                { "traits": "small", "wrong": { "unsure": 0.1, "confident": 0.05 } } ] } } }
            """
        )
        #expect(
            script.models["m"]?.answers == [
                AnswerRule(when: .contains("a"), reply: .student(.search, StudentFlaws(wrong: 0.2))),
                AnswerRule(reply: .student(.traits, StudentFlaws(unsure: 0.1, confident: 0.05))),
            ]
        )
    }

    @Test("how a model streams: its pace, its events, scores and defects of single tokens")
    func streams() throws {
        let script = try read(
            """
            { "models": { "m": {
                "per_token_ms": 10, "token_jitter_ms": 2,
                "answers": [{
                  "text": "a b c", "defect": { "token": 2, "text": "\\u0001" },
                  "logprobs": { "fixed": -0.1, "at": [
                    { "token": 1, "logprob": -9 }, { "token": 2, "logprob": null }, { "token": 3, "missing": true } ] } }],
                "stream": { "tokens_per_event": 2, "line_end": "crlf", "comment_every": 3, "split_data": true,
                  "space": false, "chunk_bytes": 7 } } } }
            """
        )
        var model = ModelScript(perToken: .milliseconds(10), tokenJitter: .milliseconds(2))
        let places: [LogprobScript.Place] = [
            .init(token: 1, score: .value(-9)), .init(token: 2, score: .null), .init(token: 3, score: .missing),
        ]
        model.answers = [
            AnswerRule(
                reply: .texts(["a b c"]),
                logprobs: LogprobScript(base: .fixed(-0.1), places: places),
                defect: TokenDefect(token: 2, text: "\u{1}")
            )
        ]
        model.stream = StreamScript(
            tokensPerEvent: 2,
            lineEnd: .crlf,
            commentEvery: 3,
            splitData: true,
            space: false,
            chunkBytes: 7
        )
        #expect(script.models["m"] == model)
    }

    @Test("every fault", arguments: faults)
    func fault(json: String, fault: ScriptedFault) throws {
        let script = try read("{\"models\":{\"m\":{\"faults\":[{\(json)}]}}}")
        #expect(script.models["m"]?.faults == [fault])
    }

    static let mistakes: [(String, String)] = [
        (#"{"sead": 1}"#, #"unknown key "sead"; known: api_keys, models, seed"#),
        (#"{"models": {"m": {"latency_ms": "5"}}}"#, "models.m.latency_ms: milliseconds, 0 or more was expected"),
        (
            #"{"models": {"m": {"answers": [{"text": "a", "echo": true}]}}}"#,
            "models.m.answers[0]: one of text, texts, echo, search, traits, tool_calls, refusal was expected"
        ),
        (
            #"{"models": {"m": {"answers": [{"search": "large", "wrong": 0.1}]}}}"#,
            "models.m.answers[0].wrong: only a small model is wrong by a share"
        ),
        (
            #"{"models": {"m": {"answers": [{"search": "small", "wrong": {"unsure": 0.9, "hesitant": 0.2}}]}}}"#,
            "models.m.answers[0].wrong: shares that sum to at most 1 were expected"
        ),
        (
            #"{"models": {"m": {"faults": [{"every": 2}]}}}"#,
            "models.m.faults[0]: exactly one kind of fault was expected"
        ),
        (#"{"models": {"m": {"faults": [{"sttus": 500}]}}}"#, "models.m.faults[0]: unknown key \"sttus\""),
        (#"{"models": {"m": {"logprobs": {"drawn": [1]}}}}"#, "models.m.logprobs.drawn: two numbers were expected"),
        (
            #"{"models": {"m": {"faults": [{"stream": "cut"}]}}}"#,
            "models.m.faults[0].stream: one of reset, close, end, error, malformed, stall, comments, endless, no_done was expected"
        ),
        (#"{"models": {"m": {"stream": {"line_end": "lfcr"}}}}"#, "models.m.stream.line_end: one of lf, crlf, cr"),
        (
            #"{"models": {"m": {"answers": [{"text": "a", "defect": {"token": 1}}]}}}"#,
            #"models.m.answers[0].defect: "token" and "text" were expected"#
        ),
        (
            #"{"models": {"m": {"logprobs": {"at": [{"token": 1}]}}}}"#,
            #"models.m.logprobs.at[0]: "token" and one of logprob, missing were expected"#
        ),
        (#"[]"#, "an object was expected"),
        (#"{"models""#, "not JSON"),
    ]

    @Test("a mistake is named with its place", arguments: mistakes)
    func mistake(json: String, message: String) throws {
        let error = try #require(throws: ScriptError.self) { try read(json) }
        #expect(error.description.hasPrefix(message), "\(error)")
    }

    @Test("a script over another replaces the models it names and keeps the rest")
    func over() throws {
        let base = Script(seed: 3, models: ["a": ModelScript(says: "1"), "b": ModelScript(says: "2")])
        let script = try Script.read(Array(#"{"models": {"b": {"answers": [{"text": "3"}]}}}"#.utf8), over: base)
        #expect(script.seed == 3)
        #expect(script.models["a"] == base.models["a"])
        #expect(script.models["b"] == ModelScript(answers: [AnswerRule(reply: .texts(["3"]))]))
    }
}
