public import JSON

extension CompletionAnswer {
    /// Reads a whole (not streamed) answer of a model that speaks `dialect`. Strict about what we rely on, since a judge
    /// must not be shown nonsense: types, ranges, names that occur twice. Members we do not know may be anything.
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

    mutating func read(_ root: JSONNode) throws(MalformedAnswer) -> CompletionAnswer {
        try refuseDuplicates(root, "")
        var answer = CompletionAnswer(dialect: dialect, choices: [], raw: body)
        var choices: JSONNode?
        var error: JSONNode?
        for member in root.members {
            let value = member.value
            switch member.name.content.count {
            case 2 where member.name.isString("id"):
                answer.id = try text(value, "id")
            case 5 where member.name.isString("model"):
                answer.model = try text(value, "model")
                answer.modelRange = value.range
            case 5 where member.name.isString("usage"):
                answer.usage = try usage(value)
            case 5 where member.name.isString("error") && !value.isNull:
                error = value
            case 7 where member.name.isString("choices"):
                choices = value
            case 7 where member.name.isString("created") && !value.isNull:
                // Some providers count fractions of a second.
                guard let seconds = value.double, seconds >= 0, seconds < 1e15 else {
                    throw MalformedAnswer("created is \(words(value))")
                }
                answer.created = Int(seconds)
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
            throw MalformedAnswer("an error instead of an answer: \(excerpt(message))")
        }
        guard let choices else { throw MalformedAnswer("choices is missing") }
        guard choices.kind == .array else { throw MalformedAnswer("choices is \(words(choices))") }
        guard choices.elementCount > 0 else { throw MalformedAnswer("choices is empty") }
        answer.choices.reserveCapacity(choices.elementCount)
        for node in choices.elements {
            answer.choices.append(try choice(node, position: answer.choices.count))
        }
        try refuseRepeatedIndices(answer.choices)
        return answer
    }

    private func choice(_ node: JSONNode, position: Int) throws(MalformedAnswer) -> Choice {
        func path(_ rest: String) -> String { "choices[\(position)]\(rest)" }
        guard node.kind == .object else { throw MalformedAnswer("\(path("")) is \(words(node))") }
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
                guard let index = value.int, index >= 0 else {
                    throw MalformedAnswer("\(path(".index")) is \(words(value))")
                }
                choice.index = index
            } else if member.name.isString("finish_reason") {
                guard value.kind == .string else {
                    throw MalformedAnswer("\(path(".finish_reason")) is \(words(value))")
                }
                choice.finishReason = value.isString("stop") ? .stop : FinishReason(value.decoded())
            } else if member.name.isString("logprobs") {
                choice.logprobsRange = value.range
                choice.logprobs = try logprobs(value, path(".logprobs"))
            }
        }
        guard let content else {
            throw MalformedAnswer("\(path(dialect == .chat ? ".message" : ".text")) is missing")
        }
        switch dialect {
        case .completions: choice.text = try text(content, path(".text"))
        case .chat: try message(content, into: &choice, path(".message"))
        }
        return choice
    }

    private func message(
        _ node: JSONNode,
        into choice: inout Choice,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) {
        guard node.kind == .object else { throw MalformedAnswer("\(path()) is \(words(node))") }
        try refuseDuplicates(node, "\(path()).")
        for member in node.members where !member.value.isNull {
            let value = member.value
            if member.name.isString("content") {
                choice.text = try text(value, "\(path()).content")
            } else if member.name.isString("refusal") {
                choice.refusal = try text(value, "\(path()).refusal")
            } else if member.name.isString("tool_calls") {
                guard value.kind == .array else { throw MalformedAnswer("\(path()).tool_calls is \(words(value))") }
                for call in value.elements {
                    choice.toolCalls.append(
                        try toolCall(call, "\(path()).tool_calls[\(choice.toolCalls.count)]")
                    )
                }
            } else if member.name.isString("function_call") {
                choice.toolCalls.append(try function(value, id: [], "\(path()).function_call"))
            }
        }
    }

    private func toolCall(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) -> ToolCall {
        guard node.kind == .object else { throw MalformedAnswer("\(path()) is \(words(node))") }
        let id = try node["id"].flatMap { id throws(MalformedAnswer) in try text(id, "\(path()).id") } ?? []
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
        guard node.kind == .object else { throw MalformedAnswer("\(path()) is \(words(node))") }
        guard let name = node["name"], name.kind == .string else {
            throw MalformedAnswer("\(path()).name is \(words(node["name"]))")
        }
        guard let arguments = node["arguments"], arguments.kind == .string else {
            throw MalformedAnswer("\(path()).arguments is \(words(node["arguments"]))")
        }
        return ToolCall(id: id, name: name.decoded(), arguments: arguments.decoded())
    }

    // MARK: - Log-probabilities and usage

    /// By shape rather than by dialect: some servers of the completions dialect send chat's objects. Nil where there are
    /// no tokens.
    private func logprobs(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) -> TokenLogprobs?
    {
        guard node.kind == .object else { throw MalformedAnswer("\(path()) is \(words(node))") }
        var content: JSONNode?
        var tokens: JSONNode?
        var values: JSONNode?
        var alternatives: JSONNode?
        var offsets: JSONNode?
        for member in node.members where !member.value.isNull {
            if member.name.isString("content") { content = member.value }
            if member.name.isString("tokens") { tokens = member.value }
            if member.name.isString("token_logprobs") { values = member.value }
            if member.name.isString("top_logprobs") { alternatives = member.value }
            if member.name.isString("text_offset") { offsets = member.value }
        }
        for array in [content, tokens, values, alternatives, offsets] {
            if let array, array.kind != .array { throw MalformedAnswer("\(path()) holds \(words(array)) for a list") }
        }
        let columns: TokenColumns
        do throws(TokenColumns.Refusal) {
            if let content {
                guard content.elementCount > 0 else { return nil }
                columns = try parser.tokens(objects: content)
            } else {
                guard tokens != nil || values != nil else { return nil }
                guard let tokens, let values else { throw .lengths }
                guard tokens.elementCount > 0 || values.elementCount > 0 else { return nil }
                columns = try parser.tokens(
                    texts: tokens,
                    logprobs: values,
                    alternatives: alternatives,
                    offsets: offsets
                )
            }
        } catch {
            throw Self.malformed(error, path())
        }
        return TokenLogprobs(columns, raw: body[node.range])
    }

    private static func malformed(_ refusal: TokenColumns.Refusal, _ path: String) -> MalformedAnswer {
        switch refusal {
        case .shape(let token):
            MalformedAnswer("\(path): token \(token) has a member that is missing or of a wrong type")
        case .positive(let token): MalformedAnswer("\(path): token \(token) has a log-probability above 0")
        case .lengths: MalformedAnswer("\(path): the lists differ in length")
        case .bytes(let token): MalformedAnswer("\(path): token \(token) has bytes that are none")
        }
    }

    private func usage(_ node: JSONNode) throws(MalformedAnswer) -> Usage? {
        if node.isNull { return nil }
        guard node.kind == .object else { throw MalformedAnswer("usage is \(words(node))") }
        var usage = Usage(promptTokens: 0, completionTokens: 0, totalTokens: -1, raw: body[node.range])
        for member in node.members where !member.value.isNull {
            if member.name.isString("prompt_tokens") {
                usage.promptTokens = try tokens(member.value, "prompt_tokens")
            } else if member.name.isString("completion_tokens") {
                usage.completionTokens = try tokens(member.value, "completion_tokens")
            } else if member.name.isString("total_tokens") {
                usage.totalTokens = try tokens(member.value, "total_tokens")
            }
        }
        if usage.totalTokens < 0 { usage.totalTokens = usage.promptTokens + usage.completionTokens }
        return usage
    }

    /// Bounded, so that sums and prices stay sums and prices.
    private func tokens(_ node: JSONNode, _ name: String) throws(MalformedAnswer) -> Int {
        guard let count = node.int, (0...1_000_000_000).contains(count) else {
            throw MalformedAnswer("usage.\(name) is \(words(node))")
        }
        return count
    }

    // MARK: - Small things

    private func text(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) -> [UInt8]? {
        switch node.kind {
        case .null: nil
        case .string: node.decoded()
        default: throw MalformedAnswer("\(path()) is \(words(node))")
        }
    }

    private func refuseDuplicates(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) {
        guard let name = parser.duplicateName(in: node) else { return }
        throw MalformedAnswer("\(path())\(excerpt(name)) occurs twice")
    }

    private func refuseRepeatedIndices(_ choices: [Choice]) throws(MalformedAnswer) {
        guard choices.count > 1, Set(choices.map(\.index)).count < choices.count else { return }
        throw MalformedAnswer("two choices have the same index")
    }

    private func excerpt(_ node: JSONNode) -> String {
        node.kind == .string ? String(String(decoding: node.decoded(), as: UTF8.self).prefix(200)) : words(node)
    }

    private func words(_ node: JSONNode?) -> String {
        guard let node else { return "missing" }
        return switch node.kind {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "the number \(String(decoding: node.raw.prefix(40), as: UTF8.self))"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension TokenLogprobs {
    fileprivate init(_ columns: TokenColumns, raw: ArraySlice<UInt8>) {
        self.init(
            logprobs: columns.logprobs,
            tokenBytes: columns.tokenBytes,
            tokenEnds: columns.tokenEnds,
            textOffsets: columns.offsets,
            margins: columns.margins,
            alternatives: columns.alternatives,
            raw: raw
        )
    }
}
