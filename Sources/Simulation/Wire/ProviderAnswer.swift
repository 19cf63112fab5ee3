import JSON

/// A whole answer before it becomes bytes; faults change it here, where its parts still have names.
struct ProviderAnswer: Equatable {
    var request: ProviderRequest
    /// Hexadecimal, without the dialect's prefix.
    var id: String
    var created: Int
    var fingerprint: String
    var choices: [Choice]
    var offsetsFromPrompt: Bool
    var logprobDefects: [LogprobDefect] = []
    /// So many bytes more at the end of the first text.
    var padding = 0

    var completionTokens: Int { choices.reduce(0) { $0 + $1.completionTokens } }

    /// As the dialect writes it.
    var publicID: String { (request.dialect == .chat ? "chatcmpl-" : "cmpl-") + id }

    var usage: JSONTree {
        object([
            ("prompt_tokens", .int(request.promptTokens)), ("completion_tokens", .int(completionTokens)),
            ("total_tokens", .int(request.promptTokens + completionTokens)),
        ])
    }

    func encode() -> [UInt8] {
        let chat = request.dialect == .chat
        return object([
            ("id", .string(publicID)),
            ("object", .string(chat ? "chat.completion" : "text_completion")),
            ("created", .int(created)),
            ("model", .string(request.model)),
            ("choices", .array(choices.map { chat ? chatChoice($0) : completionsChoice($0) })),
            ("usage", usage),
            ("system_fingerprint", .string(fingerprint)),
        ]).encode()
    }

    /// The member `logprobs` of a choice: its value, or nothing where a fault leaves it out.
    func logprobsMember(_ value: @autoclosure () -> JSONTree) -> [(String, JSONTree)] {
        if logprobDefects.contains(.missing) { return [] }
        if !request.wantsLogprobs || logprobDefects.contains(.null) { return [("logprobs", .null)] }
        return [("logprobs", value())]
    }

    /// A token's log-probability as JSON: null where there is none, or where a fault says so.
    func logprob(_ value: Double?, at index: Int) -> JSONTree {
        guard let value, !(logprobDefects.contains(.nulls) && index % 2 == 1) else { return .null }
        return .double(value)
    }

    func text(of choice: Choice) -> String {
        String(decoding: choice.bytes, as: UTF8.self) + (choice.index == 0 ? paddingText : "")
    }

    var paddingText: String { String(repeating: "x", count: padding) }
}

/// An object from its members in order.
func object(_ members: [(String, JSONTree)]) -> JSONTree {
    .object(members.map { JSONTree.Member(name: $0.0, value: $0.1) })
}
