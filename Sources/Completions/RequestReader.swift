internal import JSON

/// One pass over a request's top-level members: each known one is validated and remembered, all are noted by place.
///
/// Order: the whole text is JSON within the limits; names are unique; each member has its type and range; then what
/// members demand of each other.
struct RequestReader {
    let body: [UInt8]
    let dialect: Dialect
    let parser: JSONParser

    var members: [RequestMember] = []
    var model: [UInt8]?
    var stream = false
    var streamOptions: JSONNode?
    var includeUsage = false
    var n = 1
    var bestOf: Int?
    var echo = false
    var wantsLogprobs = false
    var topLogprobs: Int?
    var maxTokens: Int?
    var store: Bool?
    var metadata: [MetadataPair] = []
    var tools: [ToolDefinition] = []
    var hasToolMembers = false
    var toolChoice: JSONNode?
    var hasResponseFormat = false
    var messages: [Message] = []
    var prompt: (kind: PromptKind, range: Range<Int>)?
    var user: Range<Int>?

    init(_ body: [UInt8], dialect: Dialect, parser: JSONParser) {
        self.body = body
        self.dialect = dialect
        self.parser = parser
    }

    mutating func read() throws(InvalidRequest) {
        let root: JSONNode
        do throws(JSONError) { root = try parser.parse(body, integers: .bounded) } catch { throw .notJSON(error) }
        guard root.kind == .object else {
            throw InvalidRequest("The body of your request must be a JSON object.", code: "invalid_type")
        }
        if let name = parser.duplicateName(in: root) { throw .duplicate(name, in: nil) }
        members.reserveCapacity(root.memberCount)
        for member in root.members {
            let known = KnownMember(member.name)
            members.append(RequestMember(member, known: known))
            guard let known, known.belongs(to: dialect), !member.value.isNull else { continue }
            switch dialect {
            case .chat: try readChat(known, member.value)
            case .completions: try readCompletions(known, member.value)
            }
        }
        try checkTogether()
    }

    private mutating func readChat(_ member: KnownMember, _ value: JSONNode) throws(InvalidRequest) {
        switch member {
        case .messages: messages = try MessageReader.read(value, parser: parser)
        case .maxTokens: try limit(value, "max_tokens", atLeast: 1)
        case .maxCompletionTokens: try limit(value, "max_completion_tokens", atLeast: 1)
        case .logprobs: wantsLogprobs = try RequestRules.bool(value, "logprobs")
        case .topLogprobs: topLogprobs = try RequestRules.integer(value, "top_logprobs", in: 0...20)
        case .tools:
            hasToolMembers = true
            tools += try ToolReader.read(value, body: body)
        case .functions: tools += try ToolReader.read(functions: value, body: body)
        case .toolChoice:
            try RequestRules.toolChoice(value)
            toolChoice = value
        case .functionCall:
            if value.kind != .string { try RequestRules.object(value, "function_call") }
        case .parallelToolCalls: _ = try RequestRules.bool(value, "parallel_tool_calls")
        case .responseFormat: hasResponseFormat = try RequestRules.responseFormat(value)
        case .modalities: try RequestRules.array(value, "modalities", of: "strings")
        case .audio: try RequestRules.object(value, "audio")
        case .prediction: try RequestRules.object(value, "prediction")
        case .webSearchOptions: try RequestRules.object(value, "web_search_options")
        case .serviceTier: try RequestRules.string(value, "service_tier")
        case .reasoningEffort: try RequestRules.string(value, "reasoning_effort")
        case .verbosity: try RequestRules.string(value, "verbosity")
        case .safetyIdentifier: try RequestRules.string(value, "safety_identifier")
        case .promptCacheKey: try RequestRules.string(value, "prompt_cache_key")
        default: try readShared(member, value)
        }
    }

    private mutating func readCompletions(_ member: KnownMember, _ value: JSONNode) throws(InvalidRequest) {
        switch member {
        case .prompt: prompt = try PromptReader.read(value)
        case .maxTokens: try limit(value, "max_tokens", atLeast: 0)
        case .logprobs:
            wantsLogprobs = true
            topLogprobs = try RequestRules.integer(value, "logprobs", in: 0...5)
        case .bestOf: bestOf = try RequestRules.integer(value, "best_of", in: 1...20)
        case .echo: echo = try RequestRules.bool(value, "echo")
        case .suffix: try RequestRules.string(value, "suffix")
        default: try readShared(member, value)
        }
    }

    private mutating func readShared(_ member: KnownMember, _ value: JSONNode) throws(InvalidRequest) {
        switch member {
        case .model:
            try RequestRules.string(value, "model")
            model = value.decoded()
        case .n: n = try RequestRules.integer(value, "n", in: 1...128)
        case .temperature: try RequestRules.number(value, "temperature", in: 0...2)
        case .topP: try RequestRules.number(value, "top_p", in: 0...1)
        case .presencePenalty: try RequestRules.number(value, "presence_penalty", in: -2...2)
        case .frequencyPenalty: try RequestRules.number(value, "frequency_penalty", in: -2...2)
        case .seed: _ = try RequestRules.integer(value, "seed", in: Int.min...Int.max)
        case .stop: try RequestRules.stop(value)
        case .logitBias: try RequestRules.logitBias(value)
        case .stream: stream = try RequestRules.bool(value, "stream")
        case .streamOptions:
            try RequestRules.object(value, "stream_options")
            streamOptions = value
        case .store: store = try RequestRules.bool(value, "store")
        case .metadata: metadata = try RequestRules.metadata(value)
        case .user:
            try RequestRules.string(value, "user")
            user = value.range
        default: break
        }
    }

    /// The smaller of both spellings, where a client uses both.
    private mutating func limit(_ value: JSONNode, _ param: String, atLeast: Int) throws(InvalidRequest) {
        let limit = try RequestRules.integer(value, param, in: atLeast...Int.max)
        maxTokens = min(maxTokens ?? limit, limit)
    }

    private mutating func checkTogether() throws(InvalidRequest) {
        guard let model else { throw .missing("model") }
        guard !model.isEmpty else { throw InvalidRequest("Invalid 'model': empty string.", param: "model") }
        switch dialect {
        case .chat:
            if messages.isEmpty { throw .missing("messages") }
            if topLogprobs != nil, !wantsLogprobs { throw .onlyWith("top_logprobs", "'logprobs' is enabled") }
            if toolChoice != nil, !hasToolMembers { throw .onlyWith("tool_choice", "'tools' are specified") }
        case .completions:
            if prompt == nil { throw .missing("prompt") }
            if let bestOf, bestOf < n {
                throw InvalidRequest(
                    "Invalid 'best_of': must be at least 'n', which is \(n), but got \(bestOf) instead.",
                    param: "best_of",
                    code: "invalid_value"
                )
            }
        }
        guard let streamOptions else { return }
        guard stream else { throw .onlyWith("stream_options", "'stream' is enabled") }
        if let value = streamOptions["include_usage"], !value.isNull {
            includeUsage = try RequestRules.bool(value, "stream_options.include_usage")
        }
    }
}
