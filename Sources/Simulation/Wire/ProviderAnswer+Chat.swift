import JSON

extension ProviderAnswer {
    func chatChoice(_ choice: Choice) -> JSONTree {
        var message: [(String, JSONTree)] = [("role", .string("assistant"))]
        switch choice.content {
        case .text: message += [("content", .string(text(of: choice))), ("refusal", .null)]
        case .refusal: message += [("content", .null), ("refusal", .string(text(of: choice)))]
        case .toolCalls(let calls):
            message += [
                ("content", .null), ("refusal", .null), ("tool_calls", .array(calls.enumerated().map(toolCall))),
            ]
        }
        message.append(("annotations", .array([])))
        var members: [(String, JSONTree)] = [("index", .int(choice.index)), ("message", object(message))]
        // Providers give none for tool calls.
        if case .toolCalls = choice.content {
            members += logprobsMember(.null)
        } else {
            members += logprobsMember(chatLogprobs(choice.tokens[...], refused: choice.content == .refusal))
        }
        members.append(("finish_reason", .string(choice.finishReason)))
        return object(members)
    }

    private func toolCall(_ index: Int, _ call: ScriptedToolCall) -> JSONTree {
        object([
            ("id", .string(callID(index))), ("type", .string("function")),
            ("function", object([("name", .string(call.name)), ("arguments", .string(call.arguments))])),
        ])
    }

    func callID(_ index: Int) -> String { "call_\(id)\(index)" }

    func chatLogprobs(_ tokens: ArraySlice<Choice.Token>, refused: Bool) -> JSONTree {
        let scored = logprobDefects.contains(.empty) ? [] : tokens.indices.filter { tokens[$0].isScored }
        let list = JSONTree.array(scored.map { chatToken($0, tokens[$0]) })
        return object([("content", refused ? .null : list), ("refusal", refused ? list : .null)])
    }

    private func chatToken(_ index: Int, _ token: Choice.Token) -> JSONTree {
        let others = token.others(count: request.topLogprobs)
        return object([
            ("token", .string(printed(token.bytes))), ("logprob", logprob(token.logprob, at: index)),
            ("bytes", bytes(token.bytes)),
            (
                "top_logprobs",
                .array(
                    others.map {
                        object([
                            ("token", .string(printed($0.token))), ("logprob", .double($0.logprob)),
                            ("bytes", bytes($0.token)),
                        ])
                    }
                )
            ),
        ])
    }

    private func bytes(_ token: [UInt8]) -> JSONTree { .array(token.map { .int(Int($0)) }) }
}
