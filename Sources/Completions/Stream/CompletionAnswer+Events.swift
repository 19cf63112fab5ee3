internal import JSON

/// A whole answer as a stream: how a cached answer, or a small one that was held until its verdict, reaches a client
/// who asked for a stream.
extension CompletionAnswer {
    /// Appends the events: for each choice its role, then its text at once (a refusal, or one event a tool call), then
    /// its `finish_reason`, and the usage at last if the client asked; no `[DONE]`. All choices take each step before
    /// any takes the next. Written from the values; what a message says beside them (``saysMore``) goes along in chat,
    /// members that we do not know in an event of their own before the text.
    public func encodeEvents(for presentation: StreamPresentation, into out: inout [UInt8]) {
        let writer = EventWriter(identity: StreamIdentity(self), presentation: presentation)
        switch presentation.answer.dialect {
        case .chat:
            for choice in choices { writer.event(choice.index, .role(hasContent: choice.text != nil), into: &out) }
            if !saysMore || !writeAsSent(writer, into: &out) {
                for choice in choices { write(choice, writer, into: &out) }
            }
        case .completions:
            for choice in choices {
                let text = choice.text ?? choice.refusal ?? []
                if text.isEmpty, choice.logprobs == nil { continue }
                writer.event(choice.index, .content(.decoded(text[...])), choice.logprobs, into: &out)
            }
        }
        for choice in choices {
            guard let reason = choice.finishReason else { continue }
            writer.event(choice.index, .nothing, finish: .decoded(Array(reason.text.utf8)[...]), into: &out)
        }
        if presentation.includeUsage, let usage { writer.usage(into: &out) { write(usage, to: &$0) } }
    }

    /// The choices with what they say beside their values, read again; false where the body is not to be read.
    private func writeAsSent(_ writer: EventWriter, into out: inout [UInt8]) -> Bool {
        let parser = JSONParser()
        guard let root = try? parser.parse(raw, integers: .any), let nodes = root["choices"],
            nodes.elementCount == choices.count
        else { return false }
        for (choice, node) in zip(choices, nodes.elements) { write(choice, as: node, writer, into: &out) }
        return true
    }

    private func write(_ choice: Choice, as node: JSONNode, _ writer: EventWriter, into out: inout [UInt8]) {
        var choice = choice
        let members = node["message"]?.members.filter(MessageRest.isMore) ?? []
        if !members.isEmpty { writer.event(choice.index, .members(members), into: &out) }
        if let logprobs = node["logprobs"], MessageRest.isAboutRefusal(logprobs) {
            choice.logprobs = TokenLogprobs(logprobs: [], tokenBytes: [], tokenEnds: [], raw: raw[logprobs.range])
        }
        let calls = node["message"]?["tool_calls"]
        if let calls, calls.elements.contains(where: MessageRest.saysMore) {
            choice.toolCalls = []
            write(choice, writer, into: &out)
            for (index, call) in calls.elements.enumerated() {
                writer.event(choice.index, .toolCallAsSent(index, call), into: &out)
            }
        } else {
            write(choice, writer, into: &out)
        }
    }

    /// For chat.
    private func write(_ choice: Choice, _ writer: EventWriter, into out: inout [UInt8]) {
        var logprobs = choice.logprobs
        if let text = choice.text {
            let leads = dialect == .completions && text.first == UInt8(ascii: " ")
            let shown = text.dropFirst(leads ? 1 : 0)
            if !shown.isEmpty || logprobs != nil {
                writer.event(choice.index, .content(.decoded(shown)), logprobs, into: &out)
                logprobs = nil
            }
        }
        if let refusal = choice.refusal {
            writer.event(choice.index, .refusal(.decoded(refusal[...])), logprobs, into: &out)
            logprobs = nil
        }
        for (index, call) in choice.toolCalls.enumerated() {
            let delta = choice.callsFunction ? EventWriter.Delta.functionCall(call) : .toolCall(index, call)
            writer.event(choice.index, delta, logprobs, into: &out)
            logprobs = nil
        }
    }
}
