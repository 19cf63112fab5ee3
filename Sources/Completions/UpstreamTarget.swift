internal import JSON

/// A member that a route sets on requests, whatever the client said.
public struct RouteParameter: Sendable, Equatable {
    public let name: String
    /// Raw JSON.
    public let value: [UInt8]

    let nameBytes: [UInt8]
    let known: KnownMember?
    let isReserved: Bool
    /// The value of a limit on tokens.
    let limit: Int?

    public init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
        nameBytes = Array(name.utf8)
        known = nameBytes.withUnsafeBufferPointer { KnownMember($0) }
        isReserved = Self.reserved.contains(name)
        let isLimit = known == .maxTokens || known == .maxCompletionTokens
        limit = isLimit ? Int(String(decoding: value, as: UTF8.self)) : nil
    }

    /// Members that the gateway itself writes: a route cannot set them.
    public static let reserved: Set<String> = [
        "model", "messages", "prompt", "stream", "stream_options", "logprobs", "top_logprobs", "store", "metadata",
    ]

    /// Whether it takes the place of a client's member; `name` is decoded.
    func replaces(_ member: RequestMember, name: @autoclosure () -> ArraySlice<UInt8>) -> Bool {
        if isReserved { return false }
        guard let known = member.known else { return self.known == nil && nameBytes.elementsEqual(name()) }
        if limit != nil { return known == .maxTokens || known == .maxCompletionTokens }
        return known == self.known
    }
}

/// What is asked of the model about its tokens.
public enum LogprobsAsk: Sendable, Equatable {
    case none
    /// Log-probabilities, and that many alternatives a token (as many as the dialect allows: 20 or 5).
    case top(Int)
}

/// The model a request is encoded for, and how it is to be asked. Made once for a role of a route: what does not change
/// from request to request is encoded here already. `logprobs` and `stream` are set for each call.
public struct UpstreamTarget: Sendable {
    public let dialect: Dialect
    public let modelName: String
    public let prompt: PromptTemplate?
    /// What may be dropped where the template has no place for it.
    public let ignored: Set<PromptPart>
    public let parameters: [RouteParameter]
    /// nil: not known, and then everything fits.
    public let context: ContextLimit?
    public var logprobs: LogprobsAsk
    public var stream: Bool

    /// `{"model":"..."`
    let head: [UInt8]
    /// `,"temperature":0,...`: all parameters but the limit on tokens.
    let tail: [UInt8]
    let tokenLimit: (name: KnownMember, value: Int)?

    /// The route's limit on an answer's tokens; nil: none.
    public var maxTokens: Int? { tokenLimit?.value }

    /// Parameters of reserved names are left out; settings refuse them before.
    public init(
        dialect: Dialect,
        modelName: String,
        prompt: PromptTemplate? = nil,
        ignored: Set<PromptPart> = [],
        parameters: [RouteParameter] = [],
        context: ContextLimit? = nil,
        logprobs: LogprobsAsk = .none,
        stream: Bool = false
    ) {
        self.dialect = dialect
        self.modelName = modelName
        self.prompt = prompt
        self.ignored = ignored
        self.parameters = parameters
        self.context = context
        self.logprobs = logprobs
        self.stream = stream

        var head = JSONWriter()
        head.beginObject()
        head.name("model")
        head.string(modelName)
        self.head = head.bytes

        var tail: [UInt8] = []
        for parameter in parameters where !parameter.isReserved && parameter.limit == nil {
            tail.append(UInt8(ascii: ","))
            parameter.nameBytes.withUnsafeBufferPointer { JSONWriter.escape($0, into: &tail) }
            tail.append(UInt8(ascii: ":"))
            tail += parameter.value
        }
        self.tail = tail
        tokenLimit = parameters.tokenLimit
    }
}

extension [RouteParameter] {
    /// The smallest of the limits, under the name that was used last.
    var tokenLimit: (name: KnownMember, value: Int)? {
        var found: (name: KnownMember, value: Int)?
        for parameter in self {
            guard let limit = parameter.limit, let name = parameter.known else { continue }
            found = (name, Swift.min(found?.value ?? limit, limit))
        }
        return found
    }
}
