import JSON

/// A choice's part of an event: `delta` in chat, the same members as in a whole answer in completions.
extension ProviderAnswer {
    /// An event up to its choices.
    var chunkHead: [UInt8] {
        let chat = request.dialect == .chat
        let members = object([
            ("id", .string(publicID)), ("object", .string(chat ? "chat.completion.chunk" : "text_completion")),
            ("created", .int(created)), ("model", .string(request.model)), ("system_fingerprint", .string(fingerprint)),
        ])
        return members.encode().dropLast() + Array(#","choices":["#.utf8)
    }

    func roleChunk(_ choice: Choice) -> JSONTree {
        var isCall = false
        if case .toolCalls = choice.content { isCall = true }
        let delta: [(String, JSONTree)] = [
            ("role", .string("assistant")), ("content", isCall ? .null : .string("")), ("refusal", .null),
        ]
        return chatChunk(choice, delta, logprobs: .null)
    }

    func chunk(_ piece: ChoicePiece, of choice: Choice) -> JSONTree {
        request.dialect == .chat ? chatChunk(piece, choice) : completionsChunk(piece, choice)
    }

    private func chatChunk(_ piece: ChoicePiece, _ choice: Choice) -> JSONTree {
        let refused = choice.content == .refusal
        switch piece.content {
        case .tokens(let range, _):
            let tokens = choice.tokens[range]
            return chatChunk(
                choice,
                [(refused ? "refusal" : "content", .string(text(of: tokens)))],
                logprobs: tokens.contains(where: \.isScored) ? chatLogprobs(tokens, refused: refused) : .null
            )
        case .call(let index):
            guard case .toolCalls(let calls) = choice.content else { preconditionFailure("a call of no tool") }
            let function = object([("name", .string(calls[index].name)), ("arguments", .string(""))])
            let call: [(String, JSONTree)] = [
                ("index", .int(index)), ("id", .string(callID(index))), ("type", .string("function")),
                ("function", function),
            ]
            return chatChunk(choice, [("tool_calls", .array([object(call)]))], logprobs: .null)
        case .arguments(let index, let part):
            let function = object([("arguments", .string(String(decoding: part, as: UTF8.self)))])
            let call = object([("index", .int(index)), ("function", function)])
            return chatChunk(choice, [("tool_calls", .array([call]))], logprobs: .null)
        case .padding: return chatChunk(choice, [("content", .string(paddingText))], logprobs: .null)
        case .finish: return chatChunk(choice, [], logprobs: .null, finishReason: choice.finishReason)
        }
    }

    private func chatChunk(
        _ choice: Choice,
        _ delta: [(String, JSONTree)],
        logprobs: @autoclosure () -> JSONTree,
        finishReason: String? = nil
    ) -> JSONTree {
        object(
            [("index", .int(choice.index)), ("delta", object(delta))] + logprobsMember(logprobs())
                + [("finish_reason", finishReason.map(JSONTree.string) ?? .null)]
        )
    }

    private func completionsChunk(_ piece: ChoicePiece, _ choice: Choice) -> JSONTree {
        switch piece.content {
        case .tokens(let range, let offset):
            let tokens = choice.tokens[range]
            return completionsChunk(
                choice,
                text(of: tokens),
                logprobs: tokens.contains(where: \.isScored) ? legacyLogprobs(tokens, offset: offset) : .null
            )
        case .padding: return completionsChunk(choice, paddingText, logprobs: .null)
        case .finish: return completionsChunk(choice, "", logprobs: .null, finishReason: choice.finishReason)
        case .call, .arguments: preconditionFailure("completions call no tools")
        }
    }

    private func completionsChunk(
        _ choice: Choice,
        _ text: String,
        logprobs: @autoclosure () -> JSONTree,
        finishReason: String? = nil
    ) -> JSONTree {
        object(
            [("text", .string(text)), ("index", .int(choice.index))] + logprobsMember(logprobs())
                + [("finish_reason", finishReason.map(JSONTree.string) ?? .null)]
        )
    }

    private func text(of tokens: ArraySlice<Choice.Token>) -> String {
        String(decoding: tokens.flatMap(\.bytes), as: UTF8.self)
    }
}
