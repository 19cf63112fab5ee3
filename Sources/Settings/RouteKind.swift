/// `kind:` — what a small model learns on a route, and with it how many reviewed examples are enough.
public enum RouteKind: String, Sendable, Hashable, CaseIterable {
    /// To say the same in a fixed form.
    case format
    /// To find out what to say.
    case reasoning
    /// To write a language of the house's own.
    case dsl

    /// The rule of thumb of those who fine-tune for a living: a couple of hundred to standardise a format, at least a
    /// thousand for reasoning, several thousand for a language.
    public var enough: Int {
        switch self {
        case .format: 200
        case .reasoning: 1000
        case .dsl: 3000
        }
    }
}
