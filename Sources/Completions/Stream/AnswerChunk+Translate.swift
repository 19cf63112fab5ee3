internal import JSON

/// A chunk for a client of the other dialect. Texts go over as they are written, escapes and all; of tool calls and
/// roles a completion says nothing. What a completion puts in one event, chat puts in up to three: role, text, finish.
extension AnswerChunk {
    func translate(for presentation: StreamPresentation, into out: inout [UInt8]) {
        let writer = EventWriter(identity: identity, presentation: presentation)
        if isUsage {
            writer.usage(into: &out) { $0.raw(bytes[usage.range]) }
            return
        }
        for part in before { translate(part, with: writer, into: &out) }
        if let part { translate(part, with: writer, into: &out) }
    }

    private func translate(_ part: ChunkPart, with writer: EventWriter, into out: inout [UInt8]) {
        let logprobs = writer.presentation.answer.withLogprobs ? self.logprobs(of: part) : nil
        switch writer.presentation.answer.dialect {
        case .chat:
            if part.isFirst { writer.event(part.index, .role(hasContent: true), into: &out) }
            if !part.text.isEmpty || logprobs != nil {
                writer.event(part.index, .content(.escaped(bytes[part.text.range])), logprobs, part.offset, into: &out)
            }
            if !part.finishReason.isEmpty {
                writer.event(part.index, .nothing, finish: .escaped(bytes[part.finishReason.range]), into: &out)
            }
        case .completions:
            let text = part.text.isEmpty && part.refusalIsText ? part.refusal : part.text
            let finish = part.finishReason.isEmpty ? nil : EventWriter.Text.escaped(bytes[part.finishReason.range])
            if text.isEmpty, finish == nil, logprobs == nil { return }
            writer.event(
                part.index,
                .content(.escaped(bytes[text.range])),
                logprobs,
                part.offset,
                finish: finish,
                into: &out
            )
        }
    }

    /// Nil where there are no tokens. By way of a tree: few clients of another dialect ask.
    private func logprobs(of part: ChunkPart) -> TokenLogprobs? {
        guard !part.logprobs.isEmpty, let tree = try? JSONTree.parse(bytes[part.logprobs.range]) else { return nil }
        return TokenLogprobs(tree, raw: bytes[part.logprobs.range])
    }
}

extension TokenLogprobs {
    /// From a `logprobs` value that was validated before, in either shape; without margins and offsets.
    fileprivate init?(_ tree: JSONTree, raw: ArraySlice<UInt8>) {
        self.init(logprobs: [], tokenBytes: [], tokenEnds: [], raw: raw)
        func add(_ bytes: [UInt8], _ logprob: JSONTree?) {
            tokenBytes += bytes
            tokenEnds.append(Int32(tokenBytes.count))
            logprobs.append(logprob?.double ?? .nan)
        }
        if let objects = tree["content"]?.array {
            for object in objects {
                let bytes = object["bytes"]?.array?.compactMap { $0.int.map { UInt8(truncatingIfNeeded: $0) } } ?? []
                add(bytes.isEmpty ? Array((object["token"]?.string ?? "").utf8) : bytes, object["logprob"])
            }
        } else if let tokens = tree["tokens"]?.array, let values = tree["token_logprobs"]?.array {
            for (token, value) in zip(tokens, values) { add(Array((token.string ?? "").utf8), value) }
        }
        if logprobs.isEmpty { return nil }
    }
}
