internal import JSON

extension Choice {
    /// The choice as a provider of its dialect writes one: for a choice without `raw`, put together out of a stream.
    public func encode(in dialect: Dialect) -> [UInt8] {
        var writer = JSONWriter(reserving: 128 + (text?.count ?? 0) + (logprobs?.raw.count ?? 0))
        write(in: dialect, text: text.map { $0[...] }, to: &writer) { writer in
            if let raw = logprobs?.raw, !raw.isEmpty { writer.raw(raw) } else { writer.null() }
        }
        return writer.bytes
    }

    /// `index`, `message` or `text`, `logprobs`, `finish_reason`.
    ///
    /// - Parameters:
    ///   - text: what stands for the choice's text.
    ///   - logprobs: writes their value.
    func write(
        in dialect: Dialect,
        text: ArraySlice<UInt8>?,
        to writer: inout JSONWriter,
        logprobs: (inout JSONWriter) -> Void
    ) {
        writer.beginObject()
        writer.name("index")
        writer.number(index)
        switch dialect {
        case .chat: writeMessage(text, to: &writer)
        case .completions:
            writer.name("text")
            if let text { writer.string(text) } else { writer.null() }
        }
        writer.name("logprobs")
        logprobs(&writer)
        writer.name("finish_reason")
        if let finishReason { writer.string(finishReason.text) } else { writer.null() }
        writer.endObject()
    }

    private func writeMessage(_ text: ArraySlice<UInt8>?, to writer: inout JSONWriter) {
        writer.name("message")
        writer.beginObject()
        writer.name("role")
        writer.string("assistant")
        writer.name("content")
        if let text { writer.string(text) } else { writer.null() }
        writer.name("refusal")
        if let refusal { writer.string(refusal) } else { writer.null() }
        if callsFunction {
            writer.name("function_call")
            toolCalls[0].writeFunction(to: &writer)
        } else if !toolCalls.isEmpty {
            writer.name("tool_calls")
            writer.beginArray()
            for call in toolCalls {
                writer.beginObject()
                call.writeMembers(to: &writer)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
    }

    /// The one call is of the kind that came before tools.
    var callsFunction: Bool { finishReason == .functionCall && toolCalls.count == 1 }
}

extension ToolCall {
    /// `id`, `type` and `function`.
    func writeMembers(to writer: inout JSONWriter) {
        writer.name("id")
        writer.string(id)
        writer.name("type")
        writer.string("function")
        writer.name("function")
        writeFunction(to: &writer)
    }

    /// `id`, `type` and `custom`: of a tool that takes text.
    func writeCustomMembers(to writer: inout JSONWriter) {
        writer.name("id")
        writer.string(id)
        writer.name("type")
        writer.string("custom")
        writer.name("custom")
        writer.beginObject()
        writer.name("name")
        writer.string(name)
        writer.name("input")
        writer.string(arguments)
        writer.endObject()
    }

    func writeFunction(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("name")
        writer.string(name)
        writer.name("arguments")
        writer.string(arguments)
        writer.endObject()
    }
}
