/// A client's request, validated whole and read once. It keeps the body and the places of its members: what we do not
/// know passes through unchanged, and no text is decoded before somebody asks for it. An object, since all who work on
/// an exchange hold it.
public final class CompletionRequest: Sendable {
    /// The body as sent.
    public let body: [UInt8]
    public let dialect: Dialect
    /// `model`, decoded: the name of a route.
    public let route: [UInt8]
    public let stream: Bool
    /// `stream_options.include_usage`
    public let includeUsage: Bool
    public let n: Int
    public let bestOf: Int?
    public let echo: Bool
    public let wantsLogprobs: Bool
    /// Chat: `top_logprobs`; completions: the number that `logprobs` is.
    public let topLogprobs: Int
    /// The smaller of `max_completion_tokens` and `max_tokens`.
    public let maxTokens: Int?
    public let store: Bool?
    public let metadata: [MetadataPair]
    public let tools: [ToolDefinition]
    /// A `response_format` other than `text`.
    public let hasResponseFormat: Bool
    /// Chat only.
    public let messages: [Message]
    /// Completions only.
    public let promptKind: PromptKind?
    /// Raw JSON of `user`.
    public let user: ArraySlice<UInt8>?

    /// All top-level members, in order.
    let members: [RequestMember]
    /// The one text of the prompt with its quotes, or the prompt's value; empty for chat.
    let promptRange: Range<Int>

    public var hasTools: Bool { !tools.isEmpty }
    /// How many choices an answer has: `n` for each prompt.
    public var choices: Int {
        if case .texts(let count) = promptKind { n * count } else { n }
    }

    init(_ reader: borrowing RequestReader) {
        body = reader.body
        dialect = reader.dialect
        route = reader.model ?? []
        stream = reader.stream
        includeUsage = reader.includeUsage
        n = reader.n
        bestOf = reader.bestOf
        echo = reader.echo
        wantsLogprobs = reader.wantsLogprobs
        topLogprobs = reader.topLogprobs ?? 0
        maxTokens = reader.maxTokens
        store = reader.store
        metadata = reader.metadata
        tools = reader.tools
        hasResponseFormat = reader.hasResponseFormat
        messages = reader.messages
        promptKind = reader.prompt?.kind
        promptRange = reader.prompt?.range ?? 0..<0
        user = reader.user.map { [body] in body[$0] }
        members = reader.members
    }
}

public struct MetadataPair: Sendable, Equatable {
    public var key: [UInt8]
    public var value: [UInt8]

    public init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// A function that the client offers to the model.
public struct ToolDefinition: Sendable, Equatable {
    public var name: [UInt8]
    /// The JSON Schema of the arguments, raw; nil where the function takes none.
    public var parameters: ArraySlice<UInt8>?

    public init(name: [UInt8], parameters: ArraySlice<UInt8>?) {
        self.name = name
        self.parameters = parameters
    }
}

public enum Role: String, Sendable, CaseIterable {
    case system, developer, user, assistant, tool, function
}

/// One message of a chat, as places in the request's body; `CompletionRequest.text(of:)` decodes its text.
public struct Message: Sendable, Equatable {
    public let role: Role
    /// It says something that is not the text of its content: an image, a sound, a file, a refusal.
    public let hasNonText: Bool
    /// The message calls tools, or is the result of one.
    public let concernsTools: Bool
    /// The message's JSON object in the request's body.
    public let rawRange: Range<Int>
    /// The value of `content` in the request's body; empty where absent.
    let contentRange: Range<Int>
}

public enum PromptKind: Sendable, Equatable {
    /// One text, as a string or as an array of one string.
    case text
    /// Several texts, each with its own choices.
    case texts(Int)
    /// Token ids, which only the model they were made for can read.
    case tokens
}
