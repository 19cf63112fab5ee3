internal import JSON

/// What a chat choice, whole, says beside the values of ``Choice``: members of its message that we never heard of,
/// calls of custom tools, log-probabilities of a refusal.
enum MessageRest {
    /// Of a message. Providers send empty lists along (`annotations`), and no stream has them.
    static func isMore(_ member: JSONNode.Member) -> Bool {
        if member.value.isNull || member.value.kind == .array && member.value.elementCount == 0 { return false }
        let known: [StaticString] = ["role", "content", "refusal", "tool_calls", "function_call"]
        return !known.contains { member.name.isString($0) }
    }

    /// Of an element of `tool_calls`.
    static func saysMore(_ call: JSONNode) -> Bool {
        guard call.kind == .object else { return false }
        let known: [StaticString] = ["id", "type", "function", "index"]
        return call.members.contains { member in
            !member.value.isNull && !known.contains { member.name.isString($0) }
        }
    }

    /// Whether a value of `logprobs` is about a refusal and nothing else.
    static func isAboutRefusal(_ logprobs: JSONNode) -> Bool {
        guard let refusal = logprobs["refusal"], refusal.kind == .array, refusal.elementCount > 0 else { return false }
        return logprobs["content"].map { $0.kind != .array || $0.elementCount == 0 } ?? true
    }
}
