internal import JSON

/// Writes the events of one stream for one client anew, in OpenAI's shapes: for the other dialect, and for replays. All
/// events of a stream have one id, one time and one model.
///
///     chat:         {"role":"assistant","content":""} ... {"content":"text"} ... {} with finish_reason
///     completions:  "text" ... "" with finish_reason
struct EventWriter {
    enum Text {
        /// As it stands between the quotes of a JSON string.
        case escaped(ArraySlice<UInt8>)
        case decoded(ArraySlice<UInt8>)
    }

    enum Delta {
        case role(hasContent: Bool)
        case content(Text)
        case refusal(Text)
        case toolCall(Int, ToolCall)
        case functionCall(ToolCall)
        /// As they stand in the answer.
        case members([JSONNode.Member])
        case toolCallAsSent(Int, JSONNode)
        case nothing
    }

    let identity: StreamIdentity
    let presentation: StreamPresentation
    /// What every event begins with, up to its choices.
    private let opening: [UInt8]

    init(identity: StreamIdentity, presentation: StreamPresentation) {
        self.identity = identity
        self.presentation = presentation
        opening = Self.opening(identity, presentation.answer)
    }

    /// One event about one choice. `offset` counts the scalars of its tokens before this event's. In a completion every
    /// delta but content is an empty text.
    func event(
        _ index: Int,
        _ delta: Delta,
        _ logprobs: TokenLogprobs? = nil,
        _ offset: Int = 0,
        finish: Text? = nil,
        into out: inout [UInt8]
    ) {
        var writer = begin(&out)
        writer.beginObject()
        writer.name("index")
        writer.number(index)
        switch presentation.answer.dialect {
        case .chat:
            writer.name("delta")
            writer.beginObject()
            write(delta, to: &writer)
            writer.endObject()
        case .completions:
            writer.name("text")
            if case .content(let text) = delta { write(text, to: &writer) } else { writer.string("") }
        }
        writer.name("logprobs")
        if presentation.answer.withLogprobs, let logprobs {
            LogprobsWriter.write(
                logprobs,
                from: identity.dialect,
                as: presentation.answer.dialect,
                top: presentation.answer.topLogprobs,
                offset: offset,
                to: &writer
            )
        } else {
            writer.null()
        }
        writer.name("finish_reason")
        if let finish { write(finish, to: &writer) } else { writer.null() }
        writer.endObject()
        end(writer, &out) { if presentation.includeUsage { $0.name("usage"); $0.null() } }
    }

    /// The event that tells the usage; `value` writes it.
    func usage(into out: inout [UInt8], _ value: (inout JSONWriter) -> Void) {
        end(begin(&out), &out) {
            $0.name("usage")
            value(&$0)
        }
    }

    private static func opening(_ identity: StreamIdentity, _ answer: AnswerPresentation) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.add("data: ")
        var writer = JSONWriter(after: bytes)
        writer.beginObject()
        writer.name("id")
        writer.string(CompletionAnswer.id(identity.id, from: identity.dialect, for: answer))
        writer.name("object")
        writer.string(answer.dialect == .chat ? "chat.completion.chunk" : "text_completion")
        writer.name("created")
        writer.number(identity.created ?? 0)
        writer.name("model")
        if let model = identity.model { writer.string(model) } else { writer.string(answer.modelName) }
        if let fingerprint = identity.systemFingerprint {
            writer.name("system_fingerprint")
            writer.raw(fingerprint)
        }
        writer.name("choices")
        return writer.finish()
    }

    private func begin(_ out: inout [UInt8]) -> JSONWriter {
        out += opening
        var bytes: [UInt8] = []
        swap(&bytes, &out)
        var writer = JSONWriter(after: bytes)
        writer.beginArray()
        return writer
    }

    private func end(_ begun: consuming JSONWriter, _ out: inout [UInt8], _ rest: (inout JSONWriter) -> Void) {
        var writer = begun
        writer.endArray()
        rest(&writer)
        writer.endObject()
        out = writer.finish()
        out.add("\n\n")
    }

    private func write(_ text: Text, to writer: inout JSONWriter) {
        switch text {
        case .escaped(let content): writer.string(escaped: content)
        case .decoded(let text): writer.string(text)
        }
    }

    private func write(_ member: JSONNode.Member, to writer: inout JSONWriter) {
        writer.name(member.name.decoded())
        writer.raw(Array(member.value.raw))
    }

    private func write(_ delta: Delta, to writer: inout JSONWriter) {
        switch delta {
        case .role(let hasContent):
            writer.name("role")
            writer.string("assistant")
            writer.name("content")
            if hasContent { writer.string("") } else { writer.null() }
        case .content(let text):
            writer.name("content")
            write(text, to: &writer)
        case .refusal(let text):
            writer.name("refusal")
            write(text, to: &writer)
        case .toolCall(let index, let call):
            writer.name("tool_calls")
            writer.beginArray()
            writer.beginObject()
            writer.name("index")
            writer.number(index)
            call.writeMembers(to: &writer)
            writer.endObject()
            writer.endArray()
        case .members(let members):
            for member in members { write(member, to: &writer) }
        case .toolCallAsSent(let index, let call):
            writer.name("tool_calls")
            writer.beginArray()
            writer.beginObject()
            writer.name("index")
            writer.number(index)
            for member in call.members where !member.name.isString("index") { write(member, to: &writer) }
            writer.endObject()
            writer.endArray()
        case .functionCall(let call):
            writer.name("function_call")
            call.writeFunction(to: &writer)
        case .nothing:
            break
        }
    }
}

extension [UInt8] {
    mutating func add(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// As a JSON string.
    mutating func addJSON(_ text: String) {
        var text = text
        text.withUTF8 { JSONWriter.escape($0, into: &self) }
    }
}
