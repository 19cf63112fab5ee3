internal import Learner

/// What a trained model says: its own tokens, with its own log-probabilities and alternatives.
extension Choice {
    static func learnt(by model: TrainedModel, for request: ProviderRequest, ordinal: Int, index: Int) -> Choice {
        let input = request.inputs[ordinal]
        let written = model.learnt.answer(
            Array(input.utf8),
            limit: min(request.maxTokens ?? 256, 1024),
            alternatives: request.wantsLogprobs ? request.topLogprobs : 0
        )
        var tokens = written.tokens.map { token in
            Choice.Token(
                bytes: token.bytes,
                logprob: rounded(token.logprob),
                alternatives: token.alternatives.map { Alternative(token: $0.bytes, logprob: rounded($0.logprob)) }
            )
        }
        // Completions of pairs begin with a space, chats do not.
        while request.dialect == .chat, let first = tokens.first, first.bytes.first == UInt8(ascii: " ") {
            tokens[0].bytes.removeFirst()
            if tokens[0].bytes.isEmpty { tokens.removeFirst() }
        }
        let isCut = cut(&tokens, at: request.stop)
        let completed = tokens.count
        if request.echo {
            let prompt = Simulation.tokens(of: Array(input.utf8))
            tokens = prompt.indices.map { Choice.Token(bytes: prompt[$0], logprob: $0 == 0 ? nil : -2) } + tokens
        }
        return Choice(
            index: index,
            content: .text,
            tokens: tokens,
            finishReason: isCut || written.isEnded ? "stop" : "length",
            completionTokens: completed
        )
    }

    /// Takes away what begins with the first stop sequence; whether there was one. A token that holds its beginning
    /// keeps what is before it.
    private static func cut(_ tokens: inout [Token], at stops: [String]) -> Bool {
        let bytes = tokens.flatMap(\.bytes)
        guard let end = stops.compactMap({ bytes.firstRange(of: Array($0.utf8))?.lowerBound }).min() else {
            return false
        }
        var left = end
        for index in tokens.indices {
            tokens[index].bytes = Array(tokens[index].bytes.prefix(left))
            left -= tokens[index].bytes.count
        }
        tokens.removeAll { $0.bytes.isEmpty }
        return true
    }
}
