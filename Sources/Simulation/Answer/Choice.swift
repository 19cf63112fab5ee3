/// One choice of an answer before a dialect writes it down: text cut into scored tokens, or tool calls, or a refusal.
struct Choice: Equatable {
    struct Token: Equatable {
        var bytes: [UInt8]
        /// Nil where the provider knows none (the first token of an echoed prompt).
        var logprob: Double?
        /// False where the provider leaves the token out of its log-probabilities.
        var isScored = true
        /// The likeliest tokens at its place, where the model knows them; nil: they are made up.
        var alternatives: [Alternative]?

        /// The `count` likeliest tokens at its place, the best first.
        func others(count: Int) -> [Alternative] {
            if let alternatives { return Array(alternatives.prefix(count)) }
            return Simulation.alternatives(to: bytes, logprob: logprob ?? 0, count: count)
        }
    }

    enum Content: Equatable {
        case text
        case refusal
        case toolCalls([ScriptedToolCall])
    }

    var index: Int
    var content: Content
    /// Of the text or the refusal; under `echo` the prompt's come first.
    var tokens: [Token]
    var finishReason: String
    /// What of the tokens the model wrote, not echoed.
    var completionTokens: Int

    var bytes: [UInt8] { tokens.flatMap(\.bytes) }
}

extension ModelScript {
    /// Choice `index` of the answer to a request. `ordinal` counts the prompts of a completions request.
    func choice(for request: ProviderRequest, ordinal: Int, sample: Int, seed modelSeed: UInt64) -> Choice {
        let input = request.inputs[ordinal]
        let index = ordinal * request.n + sample
        let matching = answers.first { $0.when.matches(input) }
        if matching == nil, let learnt { return .learnt(by: learnt, for: request, ordinal: ordinal, index: index) }
        let rule = matching ?? AnswerRule(reply: .texts(["ok"]))
        let seed = fingerprint(input.utf8, seed: modelSeed &+ UInt64(index))

        var doubts: [Student.Doubt] = []
        var content = Choice.Content.text
        var text: String
        switch rule.reply {
        case .texts(let texts):
            text = texts.isEmpty ? "" : texts[sample % texts.count]
        case .echo:
            text = input
        case .teacher(let job):
            text = job.right(for: input)
        case .student(let job, let flaws):
            let answer = job.student(for: input, flaws: flaws, seed: modelSeed)
            text = answer.text
            doubts = answer.doubts
        case .refusal(let words):
            text = words
            content = request.dialect == .chat ? .refusal : .text
        case .toolCalls(let calls) where request.offersTools:
            return Choice(
                index: index,
                content: .toolCalls(calls),
                tokens: [],
                finishReason: rule.finishReason ?? "tool_calls",
                completionTokens: calls.reduce(0) { $0 + Simulation.tokens(of: Array($1.arguments.utf8)).count + 2 }
            )
        case .toolCalls:
            text = "ok"
        }

        if leadingSpace, request.dialect == .completions, !text.isEmpty {
            text = " " + text
            doubts = doubts.map { .init(range: $0.range.lowerBound + 1..<$0.range.upperBound + 1, logprob: $0.logprob) }
        }
        var bytes = Array(text.utf8)
        if let end = request.stop.compactMap({ bytes.firstRange(of: Array($0.utf8))?.lowerBound }).min() {
            bytes.removeSubrange(end...)
        }
        var pieces = Simulation.tokens(of: bytes)
        var finishReason = "stop"
        if let most = request.maxTokens, pieces.count > most {
            pieces.removeSubrange(most...)
            finishReason = "length"
        }
        let scores = rule.logprobs ?? logprobs
        let values = scores.values(for: pieces, doubts: doubts, seed: seed)
        var tokens = zip(pieces, values).map { Choice.Token(bytes: $0, logprob: $1) }
        for place in scores.places where tokens.indices.contains(place.token - 1) {
            switch place.score {
            case .value(let logprob): tokens[place.token - 1].logprob = logprob
            case .null: tokens[place.token - 1].logprob = nil
            case .missing: tokens[place.token - 1].isScored = false
            }
        }
        if let defect = rule.defect, tokens.indices.contains(defect.token - 1) {
            tokens[defect.token - 1].bytes = Array(defect.text.utf8)
        }
        if request.echo {
            let prompt = Simulation.tokens(of: Array(input.utf8))
            tokens = prompt.indices.map { Choice.Token(bytes: prompt[$0], logprob: $0 == 0 ? nil : -2) } + tokens
        }
        return Choice(
            index: index,
            content: content,
            tokens: tokens,
            finishReason: rule.finishReason ?? finishReason,
            completionTokens: pieces.count
        )
    }
}
