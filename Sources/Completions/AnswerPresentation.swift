/// How an answer is to look to the client that asked for it.
public struct AnswerPresentation: Sendable {
    /// Of the client.
    public var dialect: Dialect
    /// Whether the client asked for log-probabilities; they are removed otherwise.
    public var withLogprobs: Bool
    /// How many alternatives a token the client asked for.
    public var topLogprobs: Int
    /// The configured name of the model that answered, used only where the answer itself names none.
    public var modelName: String
    /// Becomes the end of `id` where an answer that is written anew has none.
    public var requestID: String

    public init(
        dialect: Dialect,
        withLogprobs: Bool = false,
        topLogprobs: Int = 0,
        modelName: String = "",
        requestID: String = ""
    ) {
        self.dialect = dialect
        self.withLogprobs = withLogprobs
        self.topLogprobs = topLogprobs
        self.modelName = modelName
        self.requestID = requestID
    }

    /// As the request asks.
    public init(for request: CompletionRequest, modelName: String = "", requestID: String = "") {
        self.init(
            dialect: request.dialect,
            withLogprobs: request.wantsLogprobs,
            topLogprobs: request.topLogprobs,
            modelName: modelName,
            requestID: requestID
        )
    }
}
