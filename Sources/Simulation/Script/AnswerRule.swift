/// One row of a model's answers: for which inputs, and what.
public struct AnswerRule: Sendable, Equatable {
    public var when: InputMatch
    public var reply: ScriptedReply
    /// In place of the model's own log-probabilities.
    public var logprobs: LogprobScript?
    /// In place of what follows from the answer (`stop`, `length`, `tool_calls`).
    public var finishReason: String?
    /// Where the answer turns bad.
    public var defect: TokenDefect?

    public init(
        when: InputMatch = .any,
        reply: ScriptedReply,
        logprobs: LogprobScript? = nil,
        finishReason: String? = nil,
        defect: TokenDefect? = nil
    ) {
        self.when = when
        self.reply = reply
        self.logprobs = logprobs
        self.finishReason = finishReason
        self.defect = defect
    }
}

/// Token number `token` (from 1) of the answer is this text instead, whatever it is; the answer keeps its length in
/// tokens. One that has fewer stays as it is.
public struct TokenDefect: Sendable, Equatable {
    public var token: Int
    public var text: String

    public init(token: Int, text: String) {
        self.token = token
        self.text = text
    }
}

/// Which inputs are meant. The input is the text of the last user message, or the prompt.
public enum InputMatch: Sendable, Equatable {
    case any
    case contains(String)
    case equals(String)

    public func matches(_ input: String) -> Bool {
        switch self {
        case .any: true
        case .contains(let part): part.isEmpty || input.firstRange(of: part) != nil
        case .equals(let whole): input == whole
        }
    }
}

public enum ScriptedReply: Sendable, Equatable {
    /// Choice `i` of `n` says text `i`, beginning again after the last.
    case texts([String])
    /// The input itself.
    case echo
    /// Calls of the client's tools; a client that sent no tools, or `tool_choice: "none"`, is answered "ok".
    case toolCalls([ScriptedToolCall])
    case refusal(String)
    /// The right answer, always: what a large model says.
    case teacher(Job)
    /// What a small model says: the right answer, but for a share of the inputs.
    case student(Job, StudentFlaws)
}

/// What the simulated models know how to do: the two routes of `config/code-search`.
public enum Job: Sendable, Equatable {
    /// A question becomes a line of the code-search language.
    case search
    /// Code becomes a set of labels.
    case traits
}

public struct ScriptedToolCall: Sendable, Equatable {
    public var name: String
    /// JSON, as text.
    public var arguments: String

    public init(name: String, arguments: String) {
        self.name = name
        self.arguments = arguments
    }
}
