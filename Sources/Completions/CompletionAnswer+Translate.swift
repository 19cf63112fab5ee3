internal import JSON

/// An answer written anew from its values: for a client of the other dialect, or where there is no body to keep.
///
/// text <-> message, the shapes of log-probabilities, `object`, the prefix of `id`. Usage and fingerprint are copied
/// raw. Chat's tool calls have no place in a completion. A completion's one leading space (legacy fine-tunes write one)
/// is taken off for chat; its tokens stay as they are.
extension CompletionAnswer {
    func translate(for presentation: AnswerPresentation) -> [UInt8] {
        let isChat = presentation.dialect == .chat
        var writer = JSONWriter(reserving: raw.count + 256)
        writer.beginObject()
        writer.name("id")
        writer.string(Self.id(id, from: dialect, for: presentation))
        writer.name("object")
        writer.string(isChat ? "chat.completion" : "text_completion")
        writer.name("created")
        writer.number(created ?? 0)
        writer.name("model")
        if let model { writer.string(model) } else { writer.string(presentation.modelName) }
        writer.name("choices")
        writer.beginArray()
        for choice in choices {
            let text = isChat ? chatText(of: choice) : completionText(of: choice)
            choice.write(in: presentation.dialect, text: text, to: &writer) { writer in
                guard presentation.withLogprobs, let logprobs = choice.logprobs else { return writer.null() }
                LogprobsWriter.write(
                    logprobs,
                    from: dialect,
                    as: presentation.dialect,
                    top: presentation.topLogprobs,
                    to: &writer
                )
            }
        }
        writer.endArray()
        if let usage {
            writer.name("usage")
            write(usage, to: &writer)
        }
        if let systemFingerprint {
            writer.name("system_fingerprint")
            writer.raw(systemFingerprint)
        }
        writer.endObject()
        return writer.bytes
    }

    private func chatText(of choice: Choice) -> ArraySlice<UInt8>? {
        guard let text = choice.text else { return nil }
        return text.dropFirst(dialect == .completions && text.first == UInt8(ascii: " ") ? 1 : 0)
    }

    /// A completion has no other place for a refusal than its text.
    private func completionText(of choice: Choice) -> ArraySlice<UInt8> {
        (choice.text ?? choice.refusal ?? [])[...]
    }

    func write(_ usage: Usage, to writer: inout JSONWriter) {
        guard usage.raw.isEmpty else {
            writer.raw(usage.raw)
            return
        }
        writer.beginObject()
        writer.name("prompt_tokens")
        writer.number(usage.promptTokens)
        writer.name("completion_tokens")
        writer.number(usage.completionTokens)
        writer.name("total_tokens")
        writer.number(usage.totalTokens)
        writer.endObject()
    }

    /// The provider's own id for clients of its dialect, else with the client's dialect's prefix; of the request's
    /// where the provider gave none.
    static func id(_ id: [UInt8]?, from dialect: Dialect, for presentation: AnswerPresentation) -> [UInt8] {
        if let id, !id.isEmpty, dialect == presentation.dialect { return id }
        return Self.id(id ?? Array(presentation.requestID.utf8), for: presentation.dialect)
    }

    /// `cmpl-1` <-> `chatcmpl-1`; any other id gets the prefix of the dialect in front.
    static func id(_ id: [UInt8], for dialect: Dialect) -> [UInt8] {
        let wanted = Array((dialect == .chat ? "chatcmpl-" : "cmpl-").utf8)
        let other = Array((dialect == .chat ? "cmpl-" : "chatcmpl-").utf8)
        if id.starts(with: wanted) { return id }
        return wanted + (id.starts(with: other) ? id[other.count...] : id[...])
    }
}
