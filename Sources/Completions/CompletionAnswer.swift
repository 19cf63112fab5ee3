/// What a model answered, read once and kept as it was sent: texts are decoded, the rest are slices of the body.
public struct CompletionAnswer: Sendable, Equatable {
    /// Of the model that wrote it.
    public var dialect: Dialect
    public var id: [UInt8]?
    /// Unix seconds.
    public var created: Int?
    /// The name the provider gave: of the model that really answered.
    public var model: [UInt8]?
    /// Raw JSON.
    public var systemFingerprint: ArraySlice<UInt8>?
    public var choices: [Choice]
    public var usage: Usage?
    /// The whole body as sent, and what a client of the same dialect gets; empty for an answer that was made here,
    /// which is written from the values above.
    public var raw: [UInt8]
    /// The value of `model` in `raw`; empty where absent.
    public var modelRange = 0..<0
    /// A chat answer whose messages say what the values have no place for, and `raw` has: members that we never heard
    /// of (`reasoning_content`), calls of custom tools, log-probabilities of a refusal.
    public var saysMore = false

    public init(
        dialect: Dialect,
        id: [UInt8]? = nil,
        created: Int? = nil,
        model: [UInt8]? = nil,
        systemFingerprint: ArraySlice<UInt8>? = nil,
        choices: [Choice],
        usage: Usage? = nil,
        raw: [UInt8] = []
    ) {
        self.dialect = dialect
        self.id = id
        self.created = created
        self.model = model
        self.systemFingerprint = systemFingerprint
        self.choices = choices
        self.usage = usage
        self.raw = raw
    }
}

/// One of the `n` answers to a request.
public struct Choice: Sendable, Equatable {
    public var index: Int
    /// Decoded UTF-8: `message.content` or `text`; nil where null or absent.
    public var text: [UInt8]?
    /// The model's own words for why it will not answer; nil where null or absent.
    public var refusal: [UInt8]?
    public var toolCalls: [ToolCall]
    /// Nil where null or absent: the answer is not finished.
    public var finishReason: FinishReason?
    public var logprobs: TokenLogprobs?
    /// The choice's JSON object as sent, a slice of the answer's `raw`; empty for one that was made here.
    public var raw: ArraySlice<UInt8>
    /// The value of `logprobs` in the answer's `raw`; empty where null or absent. Who keeps an answer keeps this too:
    /// by it log-probabilities are cut out for clients that did not ask.
    public var logprobsRange = 0..<0

    public init(
        index: Int = 0,
        text: [UInt8]?,
        refusal: [UInt8]? = nil,
        toolCalls: [ToolCall] = [],
        finishReason: FinishReason? = .stop,
        logprobs: TokenLogprobs? = nil,
        raw: ArraySlice<UInt8> = []
    ) {
        self.index = index
        self.text = text
        self.refusal = refusal
        self.toolCalls = toolCalls
        self.finishReason = finishReason
        self.logprobs = logprobs
        self.raw = raw
    }
}

/// A function that the model wants called. All decoded text; `arguments` is meant to be JSON, and is whatever the
/// model wrote.
public struct ToolCall: Sendable, Equatable {
    public var id: [UInt8]
    public var name: [UInt8]
    public var arguments: [UInt8]

    public init(id: [UInt8], name: [UInt8], arguments: [UInt8]) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// Why a choice ended, in OpenAI's words.
public enum FinishReason: Sendable, Equatable {
    case stop
    case length
    case toolCalls
    case contentFilter
    case functionCall
    /// Decoded text: a word of some provider's own.
    case other([UInt8])

    public init(_ text: some Collection<UInt8>) {
        self =
            switch text.count {
            case 4 where text.elementsEqual("stop".utf8): .stop
            case 6 where text.elementsEqual("length".utf8): .length
            case 10 where text.elementsEqual("tool_calls".utf8): .toolCalls
            case 14 where text.elementsEqual("content_filter".utf8): .contentFilter
            case 13 where text.elementsEqual("function_call".utf8): .functionCall
            default: .other(Array(text))
            }
    }

    public var text: String {
        switch self {
        case .stop: "stop"
        case .length: "length"
        case .toolCalls: "tool_calls"
        case .contentFilter: "content_filter"
        case .functionCall: "function_call"
        case .other(let text): String(decoding: text, as: UTF8.self)
        }
    }
}

/// Tokens billed, as the provider counted them.
public struct Usage: Sendable, Equatable {
    public var promptTokens: Int
    public var completionTokens: Int
    public var totalTokens: Int
    /// The JSON object as sent, with the details that providers add; empty for one that was made here.
    public var raw: ArraySlice<UInt8>

    public init(promptTokens: Int, completionTokens: Int, totalTokens: Int, raw: ArraySlice<UInt8> = []) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.totalTokens = totalTokens
        self.raw = raw
    }
}

/// The upstream said 200 and something that is no answer. `what` is a clause: "choices[0].text is a number".
public struct MalformedAnswer: Error, Sendable, Equatable, CustomStringConvertible {
    public var what: String

    public init(_ what: String) { self.what = what }

    public var description: String { "malformed answer: \(what)" }
}
