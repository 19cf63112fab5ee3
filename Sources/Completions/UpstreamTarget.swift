internal import JSON

/// A member that a route sets on requests, whatever the client said.
public struct RouteParameter: Sendable, Equatable {
    public let name: String
    /// Raw JSON.
    public let value: [UInt8]

    public init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// Members that the gateway itself writes: a route cannot set them.
    public static let reserved: Set<String> = [
        "model", "messages", "prompt", "stream", "stream_options", "logprobs", "top_logprobs", "store", "metadata",
    ]

    var known: KnownMember? { Array(name.utf8).withUnsafeBufferPointer { KnownMember($0) } }

    var isTokenLimit: Bool { known == .maxTokens || known == .maxCompletionTokens }
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
    public let parameters: [RouteParameter]
    public var logprobs: LogprobsAsk
    public var stream: Bool

    /// `{"model":"..."`
    let head: [UInt8]
    /// `,"temperature":0,...`: all parameters but the limit on tokens.
    let tail: [UInt8]
    /// Members of the client that the parameters replace.
    let replaced: KnownMembers
    let replacedNames: [[UInt8]]
    let tokenLimit: (name: KnownMember, value: Int)?

    /// Parameters of reserved names are left out; settings refuse them before.
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

        var head = JSONWriter()
        head.beginObject()
        head.name("model")
        head.string(modelName)
        self.head = head.bytes

        let applied = AppliedParameters(parameters, dialect: dialect)
        tail = applied.tail
        replaced = applied.replaced
        replacedNames = applied.replacedNames
        tokenLimit = applied.tokenLimit
    }
}

/// A route's parameters in the form that requests are spliced with.
struct AppliedParameters {
    var tail: [UInt8] = []
    var replaced: KnownMembers = []
    var replacedNames: [[UInt8]] = []
    var tokenLimit: (name: KnownMember, value: Int)?

    init(_ parameters: [RouteParameter], dialect: Dialect) {
        for parameter in parameters where !RouteParameter.reserved.contains(parameter.name) {
            if parameter.isTokenLimit, let value = Int(String(decoding: parameter.value, as: UTF8.self)) {
                // Completions have one name for it.
                let name = dialect == .completions ? KnownMember.maxTokens : parameter.known!
                tokenLimit = (name, min(tokenLimit?.value ?? value, value))
                replaced.insert(.maxTokens)
                replaced.insert(.maxCompletionTokens)
                continue
            }
            if let known = parameter.known {
                replaced.insert(known)
            } else {
                replacedNames.append(Array(parameter.name.utf8))
            }
            tail.append(UInt8(ascii: ","))
            var name = parameter.name
            name.withUTF8 { JSONWriter.escape($0, into: &tail) }
            tail.append(UInt8(ascii: ":"))
            tail += parameter.value
        }
    }
}
