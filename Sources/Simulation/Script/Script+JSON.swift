import JSON

/// A script as a file:
///
///     { "seed": 7, "api_keys": ["sim-key"], "models": {
///         "small": {
///           "latency_ms": 60, "jitter_ms": 20, "per_token_ms": 5, "token_jitter_ms": 2,
///           "answers": [
///             { "contains": "refund", "text": "yes", "logprobs": { "fixed": -2.5 } },
///             { "equals": "hi", "texts": ["hello", "good day"], "finish_reason": "length" },
///             { "contains": "weather", "tool_calls": [{ "name": "weather", "arguments": "{}" }] },
///             { "contains": "unsure", "text": "one two three", "logprobs": { "fixed": -0.1,
///               "at": [{ "token": 2, "logprob": -7 }, { "token": 3, "logprob": null }] } },
///             { "contains": "bad", "text": "{\"a\": 1}", "defect": { "token": 4, "text": "\u0001" } },
///             { "refusal": "I will not." } ],
///           "logprobs": { "drawn": [-0.1, -0.001], "rules": [{ "text": "maybe", "logprob": -3 }] },
///           "stream": { "tokens_per_event": 2, "line_end": "crlf", "comment_every": 3, "chunk_bytes": 7 },
///           "faults": [
///             { "status": 429, "retry_after": "2", "every": 10 },
///             { "reset": "inside", "after": 40, "contains": "crash" },
///             { "stall_ms": 500, "after": 0, "share": 0.01 },
///             { "stream": "error", "after": 5, "message": "overloaded" } ] } } }
///
/// An answer has one of `text`, `texts`, `echo`, `search` or `traits` (`large` or `small`; small with `wrong`, a share
/// of the inputs, or shares of `unsure`, `unreadable`, `confident`, `hesitant`), `tool_calls`, `refusal`; its `defect`
/// puts another text in the place of one token (counted from 1). Log-probabilities have one of `fixed`, `table`,
/// `drawn`; single tokens are overridden by `rules` and `at` (`logprob`, null too, or `missing`). A stream has any of
/// `tokens_per_event`, `line_end` (`lf`, `crlf`, `cr`), `comment_every`, `split_data`, `space`, `chunk_bytes`. A fault
/// is one of `status`, `slow_ms`, `hold`, `stall_ms` (with `after`, in bytes; null: for good), `reset` (`before`, or
/// `inside` with `after`), `malformed`, `body`, `logprobs` (`missing`, `null`, `nulls`, `empty`), `content_type`,
/// `oversized`, `close`, `stream` (`reset`, `close`, `end`, `error`, `malformed`, `stall` with `for_ms`, `comments`,
/// each with `after`, in events; `endless`, `no_done`), and any of `share`, `every`, `first`, `contains`. A model may
/// have a `shutdown_date`; `training` is in `TrainingScript+JSON.swift`.
extension Script {
    /// A script from JSON. Models that it does not name are those of `base`.
    public static func read(_ json: [UInt8], over base: Script = Script()) throws(ScriptError) -> Script {
        var script = base
        var reader = try ScriptReader(parse(json), at: "")
        if let seed = try reader.integer("seed") { script.seed = UInt64(seed) }
        if let keys = try reader.texts("api_keys") { script.apiKeys = keys }
        if let tree = reader.value("models") {
            var models = try ScriptReader(tree, at: "models")
            for name in models.names {
                guard let model = models.value(name) else { continue }
                script.models[name] = try ModelScript(model, at: "models.\(name)")
            }
        }
        if let tree = reader.value("training") {
            script.training = try TrainingScript(tree, at: "training", over: script.training)
        }
        try reader.finish()
        return script
    }

    private static func parse(_ json: [UInt8]) throws(ScriptError) -> JSONTree {
        do {
            return try JSONTree.parse(json)
        } catch {
            throw ScriptError(path: "", message: "not JSON: \(error)")
        }
    }
}

extension ModelScript {
    init(_ tree: JSONTree, at path: String) throws(ScriptError) {
        self.init()
        var reader = try ScriptReader(tree, at: path)
        latency = try reader.milliseconds("latency_ms") ?? latency
        jitter = try reader.milliseconds("jitter_ms") ?? jitter
        perToken = try reader.milliseconds("per_token_ms") ?? perToken
        tokenJitter = try reader.milliseconds("token_jitter_ms") ?? tokenJitter
        leadingSpace = try reader.flag("leading_space") ?? leadingSpace
        offsetsFromPrompt = try reader.flag("offsets_from_prompt") ?? offsetsFromPrompt
        answers =
            try reader.list("answers") { tree, path throws(ScriptError) in try AnswerRule(tree, at: path) } ?? answers
        if let tree = reader.value("logprobs") { logprobs = try LogprobScript(tree, at: reader.at("logprobs")) }
        if let tree = reader.value("stream") { stream = try StreamScript(tree, at: reader.at("stream")) }
        faults =
            try reader.list("faults") { tree, path throws(ScriptError) in try ScriptedFault(tree, at: path) } ?? faults
        shutdownDate = try reader.text("shutdown_date")
        try reader.finish()
    }
}

extension AnswerRule {
    init(_ tree: JSONTree, at path: String) throws(ScriptError) {
        var reader = try ScriptReader(tree, at: path)
        var when = InputMatch.any
        if let part = try reader.text("contains") { when = .contains(part) }
        if let whole = try reader.text("equals") { when = .equals(whole) }

        var replies: [ScriptedReply] = []
        if let text = try reader.text("text") { replies.append(.texts([text])) }
        if let texts = try reader.texts("texts") { replies.append(.texts(texts)) }
        if try reader.flag("echo") == true { replies.append(.echo) }
        if let words = try reader.text("refusal") { replies.append(.refusal(words)) }
        let flaws = reader.value("wrong")
        for (name, job) in [("search", Job.search), ("traits", .traits)] {
            switch try reader.text(name) {
            case nil: continue
            case "large": replies.append(.teacher(job))
            case "small": replies.append(.student(job, try Self.flaws(flaws, at: reader.at("wrong"))))
            default: throw ScriptError(path: reader.at(name), message: "\"large\" or \"small\" was expected")
            }
        }
        let calls = try reader.list("tool_calls") { tree, path throws(ScriptError) in
            var reader = try ScriptReader(tree, at: path)
            guard let name = try reader.text("name") else {
                throw ScriptError(path: path, message: "\"name\" is missing")
            }
            let call = ScriptedToolCall(name: name, arguments: try reader.text("arguments") ?? "{}")
            try reader.finish()
            return call
        }
        if let calls { replies.append(.toolCalls(calls)) }

        let logprobs = reader.value("logprobs")
        let finishReason = try reader.text("finish_reason")
        let defect = reader.value("defect")
        try reader.finish()
        guard replies.count == 1 else {
            throw ScriptError(
                path: path,
                message: "one of text, texts, echo, search, traits, tool_calls, refusal was expected"
            )
        }
        if flaws != nil, case .student = replies[0] {
        } else if flaws != nil {
            throw ScriptError(path: reader.at("wrong"), message: "only a small model is wrong by a share")
        }
        self.init(
            when: when,
            reply: replies[0],
            logprobs: try Self.logprobs(logprobs, at: reader.at("logprobs")),
            finishReason: finishReason,
            defect: try Self.defect(defect, at: reader.at("defect"))
        )
    }

    private static func flaws(_ tree: JSONTree?, at path: String) throws(ScriptError) -> StudentFlaws {
        guard let tree else { return .usual }
        return try StudentFlaws(tree, at: path)
    }

    private static func defect(_ tree: JSONTree?, at path: String) throws(ScriptError) -> TokenDefect? {
        guard let tree else { return nil }
        var reader = try ScriptReader(tree, at: path)
        guard let token = try reader.integer("token", atLeast: 1), let text = try reader.text("text") else {
            throw ScriptError(path: path, message: "\"token\" and \"text\" were expected")
        }
        try reader.finish()
        return TokenDefect(token: token, text: text)
    }

    private static func logprobs(_ tree: JSONTree?, at path: String) throws(ScriptError) -> LogprobScript? {
        guard let tree else { return nil }
        return try LogprobScript(tree, at: path)
    }
}

extension LogprobScript {
    init(_ tree: JSONTree, at path: String) throws(ScriptError) {
        self.init()
        var reader = try ScriptReader(tree, at: path)
        if let value = try reader.number("fixed") { base = .fixed(value) }
        if let values = try reader.numbers("table") { base = .table(values) }
        if let ends = try reader.numbers("drawn") {
            guard ends.count == 2 else {
                throw ScriptError(path: reader.at("drawn"), message: "two numbers were expected")
            }
            base = .drawn(from: ends[0], to: ends[1])
        }
        rules =
            try reader.list("rules") { tree, path throws(ScriptError) in
                var reader = try ScriptReader(tree, at: path)
                guard let text = try reader.text("text"), let logprob = try reader.number("logprob") else {
                    throw ScriptError(path: path, message: "\"text\" and \"logprob\" were expected")
                }
                try reader.finish()
                return Rule(text: text, logprob: logprob)
            } ?? []
        places = try reader.list("at") { tree, path throws(ScriptError) in try Place(tree, at: path) } ?? []
        try reader.finish()
    }
}

extension LogprobScript.Place {
    init(_ tree: JSONTree, at path: String) throws(ScriptError) {
        var reader = try ScriptReader(tree, at: path)
        let token = try reader.integer("token", atLeast: 1)
        var scores: [Score] = []
        if reader.value("logprob")?.isNull == true {
            scores.append(.null)
        } else if let value = try reader.number("logprob") {
            scores.append(.value(value))
        }
        if try reader.flag("missing") == true { scores.append(.missing) }
        try reader.finish()
        guard let token, scores.count == 1 else {
            throw ScriptError(path: path, message: "\"token\" and one of logprob, missing were expected")
        }
        self.init(token: token, score: scores[0])
    }
}
