internal import JSON

/// A stream may say what the values of an answer have no place for: members of a delta that we never heard of
/// (`reasoning_content`), calls of custom tools, log-probabilities of a refusal. Such an answer is written as its
/// provider would have sent it whole, once, at its end, and read again: `raw` is then what clients of its dialect get.
extension StreamedAnswer {
    var saysMore: Bool {
        states.contains { state in
            !state.more.isEmpty || state.logprobs.isRefusalAlone
                || state.calls.contains { $0.isCustom || !$0.more.isEmpty }
        }
    }

    /// The answer is finished.
    func makeWhole() {
        let bytes = written()
        // What we have written ourselves can be read; where it could not, the values stand as they were.
        if let whole = try? CompletionAnswer.read(bytes, dialect: answer.dialect, parser: parser) { answer = whole }
    }

    private func written() -> [UInt8] {
        var writer = JSONWriter(reserving: 1024 + size)
        writer.beginObject()
        writer.name("id")
        if let id = answer.id { writer.string(id) } else { writer.null() }
        writer.name("object")
        writer.string("chat.completion")
        writer.name("created")
        writer.number(answer.created ?? 0)
        if let model = answer.model {
            writer.name("model")
            writer.string(model)
        }
        writer.name("choices")
        writer.beginArray()
        for position in states.indices { write(position, to: &writer) }
        writer.endArray()
        if let usage = answer.usage {
            writer.name("usage")
            answer.write(usage, to: &writer)
        }
        if let fingerprint = answer.systemFingerprint {
            writer.name("system_fingerprint")
            writer.raw(fingerprint)
        }
        writer.endObject()
        return writer.bytes
    }

    private func write(_ position: Int, to writer: inout JSONWriter) {
        let choice = answer.choices[position]
        writer.beginObject()
        writer.name("index")
        writer.number(choice.index)
        writer.name("message")
        writer.beginObject()
        writer.name("role")
        writer.string("assistant")
        writer.name("content")
        if let text = choice.text { writer.string(text) } else { writer.null() }
        writer.name("refusal")
        if let refusal = choice.refusal { writer.string(refusal) } else { writer.null() }
        states[position].more.write(to: &writer)
        if choice.callsFunction {
            writer.name("function_call")
            choice.toolCalls[0].writeFunction(to: &writer)
        } else if !choice.toolCalls.isEmpty {
            writer.name("tool_calls")
            writer.beginArray()
            for (call, state) in zip(choice.toolCalls, states[position].calls) {
                writer.beginObject()
                if state.isCustom { call.writeCustomMembers(to: &writer) } else { call.writeMembers(to: &writer) }
                state.more.write(to: &writer)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        writer.name("logprobs")
        if let raw = choice.logprobs?.raw, !raw.isEmpty {
            writer.raw(raw)
        } else if states[position].logprobs.isRefusalAlone {
            writer.raw(states[position].logprobs.finish())
        } else {
            writer.null()
        }
        writer.name("finish_reason")
        if let reason = choice.finishReason { writer.string(reason.text) } else { writer.null() }
        writer.endObject()
    }
}
