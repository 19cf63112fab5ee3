import JSON

/// What a provider reads out of a request body, either dialect. What it does not know it ignores.
struct ProviderRequest: Equatable {
    var dialect: Dialect
    var model: String
    /// What the scripts look at: the text of the last user message, or each prompt.
    var inputs: [String]
    var promptTokens: Int
    var n = 1
    var stop: [String] = []
    var maxTokens: Int?
    var echo = false
    var wantsLogprobs = false
    /// Alternatives per token.
    var topLogprobs = 0
    var offersTools = false
    var streams = false
    /// The usage comes as the stream's last event.
    var includesUsage = false

    static func read(_ body: [UInt8], dialect: Dialect) throws(ProviderError) -> ProviderRequest {
        let tree: JSONTree
        do {
            tree = try JSONTree.parse(body)
        } catch {
            throw .invalid("We could not parse the JSON body of your request.")
        }
        guard case .object = tree else { throw .invalid("The body of the request must be a JSON object.") }
        guard let model = tree["model"]?.string, !model.isEmpty else {
            throw .invalid("you must provide a model parameter", param: "model")
        }
        var request = ProviderRequest(dialect: dialect, model: model, inputs: [], promptTokens: 0)
        request.streams = tree["stream"]?.bool ?? false
        if let options = tree["stream_options"], !options.isNull {
            guard request.streams else {
                throw .invalid(
                    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                    param: "stream_options"
                )
            }
            request.includesUsage = options["include_usage"]?.bool ?? false
        }
        request.n = try integer(tree, "n", in: 1...128) ?? 1
        request.stop = try stops(tree)
        switch dialect {
        case .chat: try request.readChat(tree)
        case .completions: try request.readCompletions(tree)
        }
        return request
    }

    private mutating func readChat(_ tree: JSONTree) throws(ProviderError) {
        guard let messages = tree["messages"]?.array, !messages.isEmpty else {
            throw .invalid(
                "Missing required parameter: 'messages'.",
                param: "messages",
                code: "missing_required_parameter"
            )
        }
        for (index, message) in messages.enumerated() {
            guard let role = message["role"]?.string else {
                throw .invalid(
                    "Missing required parameter: 'messages[\(index)].role'.",
                    param: "messages[\(index)].role"
                )
            }
            let text = Self.text(of: message["content"])
            promptTokens += tokens(of: Array(text.utf8)).count + 4
            if role == "user" { inputs = [text] }
        }
        if inputs.isEmpty { inputs = [""] }
        maxTokens = try Self.integer(tree, "max_completion_tokens", in: 1...1_000_000)
        if maxTokens == nil { maxTokens = try Self.integer(tree, "max_tokens", in: 1...1_000_000) }
        wantsLogprobs = tree["logprobs"]?.bool ?? false
        topLogprobs = try Self.integer(tree, "top_logprobs", in: 0...20) ?? 0
        if topLogprobs > 0, !wantsLogprobs {
            throw .invalid(
                "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.",
                param: "top_logprobs"
            )
        }
        offersTools = !(tree["tools"]?.array ?? []).isEmpty && tree["tool_choice"]?.string != "none"
    }

    private mutating func readCompletions(_ tree: JSONTree) throws(ProviderError) {
        switch tree["prompt"] {
        case .string(let prompt)?: inputs = [prompt]
        case .array(let prompts)? where prompts.allSatisfy { $0.string != nil }: inputs = prompts.compactMap(\.string)
        case .array(let numbers)? where numbers.allSatisfy { $0.int != nil }:
            inputs = [""]
            promptTokens += numbers.count
        case .array(let lists)? where lists.allSatisfy { $0.array != nil }:
            inputs = lists.map { _ in "" }
            promptTokens += lists.reduce(0) { $0 + ($1.array?.count ?? 0) }
        default: throw .invalid("you must provide a prompt parameter", param: "prompt")
        }
        if inputs.isEmpty { throw .invalid("'prompt' must not be empty.", param: "prompt") }
        promptTokens += inputs.reduce(0) { $0 + tokens(of: Array($1.utf8)).count }
        maxTokens = try Self.integer(tree, "max_tokens", in: 0...1_000_000) ?? 16
        echo = tree["echo"]?.bool ?? false
        if let count = try Self.integer(tree, "logprobs", in: 0...5) {
            wantsLogprobs = true
            topLogprobs = count
        }
    }

    /// Text of a message: a string, or the text parts of an array.
    static func text(of content: JSONTree?) -> String {
        if let text = content?.string { return text }
        return (content?.array ?? []).compactMap { $0["text"]?.string }.joined()
    }

    private static func stops(_ tree: JSONTree) throws(ProviderError) -> [String] {
        switch tree["stop"] {
        case nil, .null?: return []
        case .string(let stop)?: return stop.isEmpty ? [] : [stop]
        case .array(let stops)? where stops.count <= 4 && stops.allSatisfy { $0.string != nil }:
            return stops.compactMap(\.string).filter { !$0.isEmpty }
        default: throw .invalid("Invalid 'stop': a string or an array of at most 4 strings.", param: "stop")
        }
    }

    private static func integer(_ tree: JSONTree, _ name: String, in range: ClosedRange<Int>) throws(ProviderError)
        -> Int?
    {
        guard let value = tree[name], !value.isNull else { return nil }
        guard let number = value.int, range.contains(number) else {
            throw .invalid(
                "Invalid '\(name)': an integer between \(range.lowerBound) and \(range.upperBound) was expected.",
                param: name,
                code: "invalid_type"
            )
        }
        return number
    }
}
