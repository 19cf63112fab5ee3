import JSON

extension ProviderAnswer {
    func completionsChoice(_ choice: Choice) -> JSONTree {
        object(
            [("text", .string(text(of: choice))), ("index", .int(choice.index))]
                + logprobsMember(legacyLogprobs(choice)) + [("finish_reason", .string(choice.finishReason))]
        )
    }

    private func legacyLogprobs(_ choice: Choice) -> JSONTree {
        if logprobDefects.contains(.empty) {
            return object([
                ("tokens", .array([])), ("token_logprobs", .array([])), ("top_logprobs", .null),
                ("text_offset", .array([])),
            ])
        }
        let input = request.inputs[choice.index / request.n]
        var offset = offsetsFromPrompt && !request.echo ? characters(in: input.utf8) : 0
        var offsets: [JSONTree] = []
        for token in choice.tokens {
            offsets.append(.int(offset))
            offset += characters(in: token.bytes)
        }
        let tops = choice.tokens.map(legacyAlternatives)
        return object([
            ("tokens", .array(choice.tokens.map { .string(legacyName($0.bytes)) })),
            ("token_logprobs", .array(choice.tokens.enumerated().map { logprob($1.logprob, at: $0) })),
            ("top_logprobs", request.topLogprobs > 0 ? .array(tops) : .null),
            ("text_offset", .array(offsets)),
        ])
    }

    /// The likeliest tokens, and the one that was drawn even where it is not among them: up to `logprobs` + 1 entries.
    private func legacyAlternatives(_ token: Choice.Token) -> JSONTree {
        guard let logprob = token.logprob else { return .null }
        var list = alternatives(to: token.bytes, logprob: logprob, count: request.topLogprobs)
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
