// How long an input is in tokens, without the model's tokenizer, and whether it fits.
//
// A token covers at least one byte: an input of no more bytes than the context has tokens fits for certain, and most
// requests end there, with one comparison. Beyond that the tokens are estimated: a fixed number of bytes each, four
// unless the settings say otherwise, which is what providers tell of English and a little more than code, other
// languages and random text have. So an estimate rather lets through: what does not fit after all is refused by the
// provider, and falls back like every error of small. It is a fixed number and not one that is learnt from usage,
// because the choice that rests on it decides the cache key: the same request must lead to the same choice, on every
// gateway, and in `understudy explain`.

internal import JSON

/// How many tokens a model reads and writes in one exchange.
public struct ContextLimit: Sendable, Equatable {
    public let tokens: Int
    /// Of text, on average.
    public let bytesPerToken: Double

    public static let usualBytesPerToken = 4.0

    public init(tokens: Int, bytesPerToken: Double = Self.usualBytesPerToken) {
        self.tokens = tokens
        self.bytesPerToken = bytesPerToken
    }
}

/// How long a model's input is.
public struct InputLength: Sendable, Equatable {
    /// Of its texts, in UTF-8; of a prompt of tokens 0.
    public var bytes: Int
    /// Tokens that are not estimated: of a prompt of tokens, and what marks the messages of a chat.
    public var marks: Int

    /// Estimated, but for the marks.
    public func tokens(bytesPerToken: Double) -> Int {
        marks + Int((Double(bytes) / bytesPerToken).rounded(.up))
    }
}

extension CompletionRequest {
    /// A message's role and the marks around it.
    private static let tokensPerMessage = 4

    /// What the model has to read. Texts are decoded or rendered for it: not for every request.
    public func inputLength(for target: UpstreamTarget) -> InputLength {
        let isChat = target.dialect == .chat
        if let template = target.prompt {
            return InputLength(bytes: template.render(self).count, marks: isChat ? Self.tokensPerMessage : 0)
        }
        switch promptKind {
        case nil:
            let texts = messages.reduce(0) { $0 + text(of: $1).count }
            let tools = members.reduce(0) { $0 + ($1.known == .tools || $1.known == .functions ? $1.value.count : 0) }
            return InputLength(bytes: texts + tools, marks: messages.count * Self.tokensPerMessage)
        case .text:
            return InputLength(bytes: promptText?.count ?? 0, marks: isChat ? Self.tokensPerMessage : 0)
        case .texts:
            return InputLength(bytes: longestText, marks: 0)
        case .tokens:
            return InputLength(bytes: 0, marks: mostTokens)
        }
    }

    /// The tokens that an answer may have at most: the smaller of the client's limit and the route's; nil: as many as
    /// there is room for.
    public func answerLimit(for target: UpstreamTarget) -> Int? {
        guard let limit = target.maxTokens else { return maxTokens }
        return min(limit, maxTokens ?? limit)
    }

    func checkLength(for target: UpstreamTarget) throws(InvalidRequest) {
        guard let context = target.context else { return }
        let answer = answerLimit(for: target) ?? 1
        let room = context.tokens - answer
        guard mostBytes(for: target) > room else { return }
        let input = inputLength(for: target).tokens(bytesPerToken: context.bytesPerToken)
        guard input > room else { return }
        let param = dialect == .chat ? "messages" : "prompt"
        throw InvalidRequest(
            "This model's maximum context length is \(context.tokens) tokens. However, you requested about "
                + "\(input + answer) tokens (about \(input) in the \(param), \(answer) in the completion). "
                + "Please reduce the length of the \(param) or completion.",
            param: param,
            code: APIError.contextLengthExceeded
        )
    }

    /// No fewer than the input's bytes, and no work: JSON is never shorter than the text in it, and a message's own
    /// syntax never shorter than its marks.
    private func mostBytes(for target: UpstreamTarget) -> Int {
        guard let template = target.prompt else { return body.count }
        let once = template.ownBytes + template.mentions * body.count + Self.tokensPerMessage
        return template.repeats ? once * max(1, messages.count) : once
    }

    /// Of several prompts, each a sequence of its own.
    private var longestText: Int {
        var longest = 0
        forEachString(in: promptRange) { longest = max(longest, JSONText.decode($0).count) }
        return longest
    }

    /// The same of prompts that are tokens: commas and one more.
    private var mostTokens: Int {
        body[promptRange].split(separator: UInt8(ascii: "]")).map { list in
            let numbers = list.drop { $0 == UInt8(ascii: ",") || $0 <= 0x20 }
            return numbers.count { $0 == UInt8(ascii: ",") } + 1
        }.max() ?? 0
    }
}
