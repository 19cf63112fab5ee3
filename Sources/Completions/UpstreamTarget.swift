/// A member that a route sets on requests, whatever the client said.
public struct RouteParameter: Sendable, Equatable {
    public let name: String
    /// Raw JSON.
    public let value: [UInt8]

    public init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// What is asked of the model about its tokens.
public enum LogprobsAsk: Sendable, Equatable {
    case none
    /// Log-probabilities, and that many alternatives a token.
    case top(Int)
}

/// The model a request is encoded for, and how it is to be asked.
public struct UpstreamTarget: Sendable {
    public let dialect: Dialect
    public let modelName: String
    public let prompt: PromptTemplate?
    public let parameters: [RouteParameter]
    public var logprobs: LogprobsAsk
    public var stream: Bool

    public init(
        dialect: Dialect,
        modelName: String,
        prompt: PromptTemplate? = nil,
        parameters: [RouteParameter] = [],
        logprobs: LogprobsAsk = .none,
        stream: Bool = false
    ) {
        self.dialect = dialect
        self.modelName = modelName
        self.prompt = prompt
        self.parameters = parameters
        self.logprobs = logprobs
        self.stream = stream
    }
}

extension CompletionRequest {
    /// The body for a model. Unknown members unchanged, numbers byte for byte.
    public func encode(for target: UpstreamTarget) throws(InvalidRequest) -> [UInt8] {
        fatalError("being built")
    }

    /// The members that the cache key holds, in the form of CONTRACTS section 2, fed to a hash.
    public func cacheMembers(parameters: [RouteParameter], into feed: (UnsafeRawBufferPointer) -> Void) {
        fatalError("being built")
    }
}
