/// What a request may carry beside its input, and what a prompt may have no place for. The words are those of
/// `prompt.ignore`, which says what may be dropped there; everything else that has no place makes the request one that
/// the model is not asked.
public enum PromptPart: String, Sendable, Hashable, CaseIterable {
    /// System and developer messages.
    case system
    /// Turns before the last user message.
    case messages
    /// Functions that are offered, calls of them and their results.
    case tools
    /// Parts of a message that are not text, beside parts that are.
    case content
    /// A `response_format`, where the model speaks completions.
    case responseFormat = "response_format"
}
