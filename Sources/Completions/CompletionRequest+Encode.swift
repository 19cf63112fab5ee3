internal import JSON

/// A request for a model: the client's members spliced byte for byte, without those that are ours, that the route
/// overrides, or that are said again.
///
///     {"model":"..."  ⟨the client's, in runs⟩  ⟨prompt, if phrased anew⟩  ⟨log-probabilities⟩ ⟨stream⟩ ⟨the route's⟩ }
///
/// Members that stand side by side in the client's body and all stay are copied in one piece, white space included.
extension CompletionRequest {
    /// The body for a model. Unknown members unchanged, numbers byte for byte. What is in the way of asking the model
    /// (`Obstacle.swift`) is thrown.
    public func encode(for target: UpstreamTarget) throws(InvalidRequest) -> [UInt8] {
        try checkPrompt(for: target)
        try checkLogprobs(for: target)
        try checkLength(for: target)
        let translated = target.dialect != dialect
        var out: [UInt8] = []
        out.reserveCapacity(body.count + target.head.count + target.tail.count + 96)
        out += target.head
        var run = 0..<0
        for member in members {
            var keeps = self.keeps(member, for: target)
            if keeps, translated { keeps = try carriesOver(member, to: target) }
            if !keeps {
                splice(&run, into: &out)
            } else if run.isEmpty {
                run = member.whole
            } else {
                run = run.lowerBound..<member.whole.upperBound
            }
        }
        splice(&run, into: &out)
        writeInput(for: target, into: &out)
        writeTokenLimit(for: target, into: &out)
        writeLogprobs(for: target, into: &out)
        if target.stream { out += #","stream":true,"stream_options":{"include_usage":true}"#.utf8 }
        out += target.tail
        out.append(UInt8(ascii: "}"))
        return out
    }

    private func splice(_ run: inout Range<Int>, into out: inout [UInt8]) {
        guard !run.isEmpty else { return }
        out.append(UInt8(ascii: ","))
        out += body[run]
        run = 0..<0
    }

    /// Whether the member goes to the model as it is, dialects aside.
    func keeps(_ member: RequestMember, for target: UpstreamTarget) -> Bool {
        switch member.known {
        case .model, .store, .metadata, .stream, .streamOptions, .logprobs, .topLogprobs:
            return false
        case .messages where dialect == .chat, .prompt where dialect == .completions:
            return target.prompt == nil
        case .tools, .toolChoice, .parallelToolCalls, .functions, .functionCall:
            // Those that the template has no place for are empty, or may be dropped.
            if let template = target.prompt, dialect == .chat, !template.showsTools { return false }
            return !isOverridden(member, for: target)
        default:
            return !isOverridden(member, for: target)
        }
    }

    /// Whether the route says another value.
    func isOverridden(_ member: RequestMember, for target: UpstreamTarget) -> Bool {
        for parameter in target.parameters where parameter.replaces(member, name: name(of: member)) { return true }
        return false
    }

    /// A member's name, decoded.
    func name(of member: RequestMember) -> ArraySlice<UInt8> {
        let written = body[member.nameContent]
        guard member.nameIsEscaped else { return written }
        return written.withUnsafeBufferPointer { JSONText.decode($0)[...] }
    }

    private func writeInput(for target: UpstreamTarget, into out: inout [UInt8]) {
        switch (target.prompt, dialect, target.dialect) {
        case (let template?, _, .completions):
            out += #","prompt":"#.utf8
            template.render(self).withUnsafeBufferPointer { JSONWriter.escape($0, into: &out) }
        case (let template?, _, .chat):
            out += #","messages":[{"role":"user","content":"#.utf8
            template.render(self).withUnsafeBufferPointer { JSONWriter.escape($0, into: &out) }
            out += "}]".utf8
        case (nil, .chat, _), (nil, .completions, .completions):
            break
        case (nil, .completions, .chat):
            out += #","messages":[{"role":"user","content":"#.utf8
            out += body[promptRange]
            out += "}]".utf8
        }
    }

    /// The smaller of the client's limit and the route's, where there is one of the route's; the client's alone where
    /// it changes its name. Otherwise the client's member was copied as it is.
    private func writeTokenLimit(for target: UpstreamTarget, into out: inout [UInt8]) {
        if let limit = target.tokenLimit {
            let value = min(limit.value, maxTokens ?? limit.value)
            // Completions have one name for it.
            let isOld = limit.name == .maxTokens || target.dialect == .completions
            out += (isOld ? #","max_tokens":"# : #","max_completion_tokens":"#).utf8
            out += String(value).utf8
        } else if dialect == .chat, target.dialect == .completions, let maxTokens {
            out += #","max_tokens":"#.utf8
            out += String(maxTokens).utf8
        }
    }

    private func writeLogprobs(for target: UpstreamTarget, into out: inout [UInt8]) {
        guard case .top(let count) = target.logprobs else { return }
        let asked = min(max(count, 0), target.dialect.mostAlternatives)
        switch target.dialect {
        case .completions:
            out += #","logprobs":"#.utf8
            out += String(asked).utf8
        case .chat:
            out += #","logprobs":true"#.utf8
            guard asked > 0 else { return }
            out += #","top_logprobs":"#.utf8
            out += String(asked).utf8
        }
    }
}
