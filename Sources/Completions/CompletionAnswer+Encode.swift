internal import JSON

/// An answer for a client of the dialect it was written in: the body as sent, with the log-probabilities cut out or
/// trimmed where they lie. Nothing else is touched, so that members we never heard of reach the client.
extension CompletionAnswer {
    private typealias Edit = (range: Range<Int>, replacement: [UInt8])
    private static let null = Array("null".utf8)

    /// The body for the client. Same dialect: every member as sent, `logprobs` null unless asked for, trimmed to as
    /// many alternatives as asked for. Other dialect, or an answer that was made here: written anew.
    public func encode(for presentation: AnswerPresentation) -> [UInt8] {
        guard dialect == presentation.dialect, !raw.isEmpty else { return translate(for: presentation) }
        var edits: [Edit] = []
        if model == nil, !presentation.modelName.isEmpty { edits.append(naming(presentation.modelName)) }
        // By position: a choice holds a dozen references, and a copy would count each of them.
        for position in choices.indices where !choices[position].logprobsRange.isEmpty {
            let range = choices[position].logprobsRange
            if !presentation.withLogprobs {
                edits.append((range, Self.null))
            } else if choices[position].logprobs?.alternatives ?? 0 > presentation.topLogprobs {
                edits.append((range, LogprobsTrimmer.trim(raw[range], to: presentation.topLogprobs)))
            }
        }
        if edits.isEmpty { return raw }
        if edits.count > 1 { edits.sort { $0.range.lowerBound < $1.range.lowerBound } }
        var out: [UInt8] = []
        out.reserveCapacity(edits.reduce(raw.count) { $0 + $1.replacement.count - $1.range.count })
        var cursor = 0
        for edit in edits {
            out += raw[cursor..<edit.range.lowerBound]
            out += edit.replacement
            cursor = edit.range.upperBound
        }
        out += raw[cursor...]
        return out
    }

    /// Says which model answered where the provider did not: a null is replaced, a missing member goes in front.
    private func naming(_ name: String) -> Edit {
        var writer = JSONWriter()
        guard modelRange.isEmpty else {
            writer.string(name)
            return (modelRange, writer.bytes)
        }
        writer.name("model")
        writer.string(name)
        // The body is an object, and has members: its choices.
        let place = raw.firstIndex(of: UInt8(ascii: "{"))! + 1
        return (place..<place, writer.bytes + [UInt8(ascii: ",")])
    }
}
