import JSON

extension ProviderAnswer {
    func completionsChoice(_ choice: Choice) -> JSONTree {
        object(
            [("text", .string(text(of: choice))), ("index", .int(choice.index))]
                + logprobsMember(legacyLogprobs(choice.tokens[...], offset: firstOffset(of: choice))) + [
                    ("finish_reason", .string(choice.finishReason))
                ]
        )
    }

    /// Where the choice's first token stands, in characters.
    func firstOffset(of choice: Choice) -> Int {
        let input = request.inputs[choice.index / request.n]
        return offsetsFromPrompt && !request.echo ? characters(in: input.utf8) : 0
    }

    /// `offset` is the first token's.
    func legacyLogprobs(_ tokens: ArraySlice<Choice.Token>, offset: Int) -> JSONTree {
        if logprobDefects.contains(.empty) {
            return object([
                ("tokens", .array([])), ("token_logprobs", .array([])), ("top_logprobs", .null),
                ("text_offset", .array([])),
            ])
        }
        var offset = offset
        var offsets: [JSONTree] = []
        for token in tokens {
            if token.isScored { offsets.append(.int(offset)) }
            offset += characters(in: token.bytes)
        }
        let scored = tokens.indices.filter { tokens[$0].isScored }
        let tops = scored.map { legacyAlternatives(tokens[$0]) }
        return object([
            ("tokens", .array(scored.map { .string(legacyName(tokens[$0].bytes)) })),
            ("token_logprobs", .array(scored.map { logprob(tokens[$0].logprob, at: $0) })),
            ("top_logprobs", request.topLogprobs > 0 ? .array(tops) : .null),
            ("text_offset", .array(offsets)),
        ])
    }

    /// The likeliest tokens, and the one that was drawn even where it is not among them: up to `logprobs` + 1 entries.
    private func legacyAlternatives(_ token: Choice.Token) -> JSONTree {
        guard let logprob = token.logprob else { return .null }
        var list = token.others(count: request.topLogprobs)
        if !list.contains(where: { $0.token == token.bytes }) {
            list.append(Alternative(token: token.bytes, logprob: logprob))
        }
        return object(list.map { (legacyName($0.token), .double($0.logprob)) })
    }

    /// Tokens that are not text by themselves are printed as `bytes:\xf0\x9f` in this dialect.
    private func legacyName(_ token: [UInt8]) -> String {
        let name = printed(token)
        return name.utf8.elementsEqual(token) ? name : "bytes:" + name
    }
}
