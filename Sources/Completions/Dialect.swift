/// A wire language for completions. Both are OpenAI's.
public enum Dialect: String, Sendable, CaseIterable {
    /// `POST /v1/chat/completions`: messages in, a message out.
    case chat
    /// `POST /v1/completions`: a prompt in, its continuation out.
    case completions

    /// Below the base URL that ends in `/v1`.
    public var path: StaticString {
        switch self {
        case .chat: "/chat/completions"
        case .completions: "/completions"
        }
    }

    /// Alternatives a token that can be asked for.
    public var mostAlternatives: Int { self == .chat ? 20 : 5 }
}
