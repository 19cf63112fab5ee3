public import Completions

extension Choice {
    /// Whether every token that has come has its log-probability, as far as can be told: there are some, none is null,
    /// and they are not fewer bytes than the text.
    public var hasScoredTokens: Bool {
        guard let logprobs, logprobs.count > 0, !logprobs.logprobs.contains(where: \.isNaN) else { return false }
        guard let text, toolCalls.isEmpty else { return true }
        return !logprobs.isShorter(than: text.count)
    }
}
