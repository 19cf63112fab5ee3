/// A whole answer as a stream: how a cached answer, or a small one that was held until its verdict, reaches a client who
/// asked for a stream.
extension CompletionAnswer {
    /// Appends the events: for each choice its role, then its text at once (a refusal, or one event a tool call), then its
    /// `finish_reason`, and the usage at last if the client asked; no `[DONE]`. All choices take each step before any takes
    /// the next. Written from the values, so that members of the answer that we do not know are left out.
    public func encodeEvents(for presentation: StreamPresentation, into out: inout [UInt8]) {
        let writer = EventWriter(identity: StreamIdentity(self), presentation: presentation)
        switch presentation.answer.dialect {
        case .chat:
            for choice in choices { writer.event(choice.index, .role(hasContent: choice.text != nil), into: &out) }
            for choice in choices { write(choice, writer, into: &out) }
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
