public import Completions

/// What the judge has to know about the exchange, besides the answer.
public struct JudgingContext: Sendable {
    /// The client speaks chat: a completion's one leading space is no part of the answer.
    public var clientSpeaksChat: Bool
    /// `echo`: this many Unicode scalars at the start of every text are the prompt, not the answer.
    public var echoedPromptCharacters: Int
    /// The functions offered; nil means that nobody knows, and then arguments need only be JSON.
    public var tools: [ToolDefinition]?
    /// The effective `max_tokens`, which bounds what a mean can still become while an answer arrives.
    public var maxTokens: Int?

    public init(
        clientSpeaksChat: Bool = false,
        echoedPromptCharacters: Int = 0,
        tools: [ToolDefinition]? = nil,
        maxTokens: Int? = nil
    ) {
        self.clientSpeaksChat = clientSpeaksChat
        self.echoedPromptCharacters = echoedPromptCharacters
        self.tools = tools
        self.maxTokens = maxTokens
    }
}
