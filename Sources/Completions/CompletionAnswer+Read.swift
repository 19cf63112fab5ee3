public import JSON

extension CompletionAnswer {
    /// Reads a whole (not streamed) answer of a model that speaks `dialect`. Strict about what we rely on, since a
    /// judge must not be shown nonsense: types, ranges, names that occur twice. Members we do not know may be anything.
    public static func read(
        _ body: [UInt8],
        dialect: Dialect,
        parser: JSONParser
    ) throws(MalformedAnswer) -> CompletionAnswer {
        let root: JSONNode
        do throws(JSONError) { root = try parser.parse(body, integers: .any) } catch {
            throw MalformedAnswer("not JSON: \(error)")
        }
        guard root.kind == .object else { throw MalformedAnswer("the body is not an object") }
        var reader = AnswerReader(body: body, dialect: dialect, parser: parser)
        return try reader.read(root)
    }
}

/// One walk over an answer. Paths in messages are made only when something is wrong.
private struct AnswerReader {
    let body: [UInt8]
    let dialect: Dialect
    let parser: JSONParser
    private var saysMore = false

    init(body: [UInt8], dialect: Dialect, parser: JSONParser) {
        self.body = body
        self.dialect = dialect
        self.parser = parser
    }

    mutating func read(_ root: JSONNode) throws(MalformedAnswer) -> CompletionAnswer {
        try refuseDuplicates(root, "")
        var answer = CompletionAnswer(dialect: dialect, choices: [], raw: body)
        var choices: JSONNode?
        var error: JSONNode?
        for member in root.members {
            let value = member.value
            switch member.name.content.count {
            case 2 where member.name.isString("id"):
                answer.id = try AnswerFields.text(value, "id")
            case 5 where member.name.isString("model"):
                answer.model = try AnswerFields.text(value, "model")
                answer.modelRange = value.range
            case 5 where member.name.isString("usage"):
                answer.usage = try AnswerFields.usage(value, raw: body[value.range])
            case 5 where member.name.isString("error") && !value.isNull:
                error = value
            case 7 where member.name.isString("choices"):
                choices = value
            case 7 where member.name.isString("created") && !value.isNull:
                answer.created = try AnswerFields.created(value)
            case 18 where member.name.isString("system_fingerprint"):
                answer.systemFingerprint = body[value.range]
            default:
                // A name we know may be written with escapes, longer than it is.
                guard member.name.hasEscapes else { continue }
                if member.name.isString("choices") || member.name.isString("usage") {
                    throw MalformedAnswer("a member's name is written with escapes")
                }
            }
        }
        if let error, choices == nil {
            let message = error["message"] ?? error
            throw MalformedAnswer("an error instead of an answer: \(AnswerFields.excerpt(message))")
        }
        guard let choices else { throw MalformedAnswer("choices is missing") }
        guard choices.kind == .array else { throw MalformedAnswer("choices is \(AnswerFields.words(choices))") }
        guard choices.elementCount > 0 else { throw MalformedAnswer("choices is empty") }
        answer.choices.reserveCapacity(choices.elementCount)
        for node in choices.elements {
            answer.choices.append(try choice(node, position: answer.choices.count))
        }
        try refuseRepeatedIndices(answer.choices)
        answer.saysMore = saysMore
        return answer
    }

    private mutating func choice(_ node: JSONNode, position: Int) throws(MalformedAnswer) -> Choice {
        func path(_ rest: String) -> String { "choices[\(position)]\(rest)" }
        guard node.kind == .object else { throw MalformedAnswer("\(path("")) is \(AnswerFields.words(node))") }
        try refuseDuplicates(node, path("."))
        var choice = Choice(index: position, text: nil, finishReason: nil, raw: body[node.range])
        var content: JSONNode?
        for member in node.members {
            let value = member.value
            if member.name.isString(dialect == .chat ? "message" : "text") {
                content = value
            } else if value.isNull {
                continue
            } else if member.name.isString("index") {
                choice.index = try AnswerFields.index(value, path(".index"))
            } else if member.name.isString("finish_reason") {
                guard value.kind == .string else {
                    throw MalformedAnswer("\(path(".finish_reason")) is \(AnswerFields.words(value))")
                }
                choice.finishReason = value.isString("stop") ? .stop : FinishReason(value.decoded())
            } else if member.name.isString("logprobs") {
                choice.logprobsRange = value.range
                choice.logprobs = try logprobs(value, path(".logprobs"))
                if choice.logprobs == nil, MessageRest.isAboutRefusal(value) { saysMore = true }
            }
        }
        guard let content else {
            throw MalformedAnswer("\(path(dialect == .chat ? ".message" : ".text")) is missing")
        }
        switch dialect {
        case .completions: choice.text = try AnswerFields.text(content, path(".text"))
        case .chat: try message(content, into: &choice, path(".message"))
        }
        return choice
    }

    private mutating func message(
        _ node: JSONNode,
        into choice: inout Choice,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) {
        guard node.kind == .object else { throw MalformedAnswer("\(path()) is \(AnswerFields.words(node))") }
        try refuseDuplicates(node, "\(path()).")
        for member in node.members where !member.value.isNull {
            let value = member.value
            if member.name.isString("content") {
                choice.text = try AnswerFields.text(value, "\(path()).content")
            } else if member.name.isString("refusal") {
                choice.refusal = try AnswerFields.text(value, "\(path()).refusal")
            } else if member.name.isString("tool_calls") {
                guard value.kind == .array else {
                    throw MalformedAnswer("\(path()).tool_calls is \(AnswerFields.words(value))")
                }
                for call in value.elements {
                    if MessageRest.saysMore(call) { saysMore = true }
                    choice.toolCalls.append(
                        try toolCall(call, "\(path()).tool_calls[\(choice.toolCalls.count)]")
                    )
                }
            } else if member.name.isString("function_call") {
                choice.toolCalls.append(try function(value, id: [], "\(path()).function_call"))
            } else if MessageRest.isMore(member) {
                saysMore = true
            }
        }
    }

    private func toolCall(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) -> ToolCall {
        guard node.kind == .object else { throw MalformedAnswer("\(path()) is \(AnswerFields.words(node))") }
        let id =
            try node["id"].flatMap { id throws(MalformedAnswer) in try AnswerFields.text(id, "\(path()).id") } ?? []
        if let called = node["function"] { return try function(called, id: id, "\(path()).function") }
        // A custom tool: its input is text.
        guard let custom = node["custom"], let name = custom["name"], name.kind == .string,
            let input = custom["input"], input.kind == .string
        else { throw MalformedAnswer("\(path()).function is missing") }
        return ToolCall(id: id, name: name.decoded(), arguments: input.decoded())
    }

    private func function(_ node: JSONNode, id: [UInt8], _ path: @autoclosure () -> String) throws(MalformedAnswer)
        -> ToolCall
    {
        guard node.kind == .object else { throw MalformedAnswer("\(path()) is \(AnswerFields.words(node))") }
        guard let name = node["name"], name.kind == .string else {
            throw MalformedAnswer("\(path()).name is \(AnswerFields.words(node["name"]))")
        }
        guard let arguments = node["arguments"], arguments.kind == .string else {
            throw MalformedAnswer("\(path()).arguments is \(AnswerFields.words(node["arguments"]))")
        }
        return ToolCall(id: id, name: name.decoded(), arguments: arguments.decoded())
    }

    // MARK: - Log-probabilities

    /// Nil where there are no tokens.
    private func logprobs(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) -> TokenLogprobs?
    {
        let lists = try LogprobsLists(node, path())
        guard let columns = try lists.columns(parser, path()) else { return nil }
        return TokenLogprobs(columns, raw: body[node.range])
    }

    // MARK: - Small things

    private func refuseDuplicates(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) {
        try AnswerFields.refuseDuplicates(node, parser, path())
    }

    private func refuseRepeatedIndices(_ choices: [Choice]) throws(MalformedAnswer) {
        guard choices.count > 1, Set(choices.map(\.index)).count < choices.count else { return }
        throw MalformedAnswer("two choices have the same index")
    }
}
