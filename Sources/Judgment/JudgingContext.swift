public import Completions

/// What the judge has to know about the exchange, besides the answer.
public struct JudgingContext: Sendable {
    /// The client speaks chat: a completion's one leading space is no part of the answer.
    public var clientSpeaksChat: Bool
    /// `echo`: this many Unicode scalars at the start of every text are the prompt, not the answer.
    public var echoedPromptCharacters: Int
    /// The functions offered; nil means that nobody knows, and then arguments need only be JSON.
    public var tools: [ToolDefinition]?
    /// False: the request offers no functions. Calls that come all the same are under `when_missing.text`.
    public var offersTools: Bool
    /// `n`: fewer choices are no answer to what was asked.
    public var choices: Int

    public init(
        clientSpeaksChat: Bool = false,
        echoedPromptCharacters: Int = 0,
        tools: [ToolDefinition]? = nil,
        offersTools: Bool = true,
        choices: Int = 1
    ) {
        self.clientSpeaksChat = clientSpeaksChat
        self.echoedPromptCharacters = echoedPromptCharacters
        self.tools = tools
        self.offersTools = offersTools
        self.choices = choices
    }

    /// What the request itself says.
    public init(for request: CompletionRequest) {
        self.init(
            clientSpeaksChat: request.dialect == .chat,
            echoedPromptCharacters: request.echo ? request.inputCharacters : 0,
            tools: request.hasTools ? request.tools : nil,
            offersTools: request.hasTools,
            choices: request.choices
        )
    }
}
