internal import JSON

/// Log-probabilities in the shape of a dialect. From the columns where no alternatives are asked for; else from the raw
/// value, which is the only one to hold them, by way of a tree: few clients ask for this.
enum LogprobsWriter {
    /// What chat says for a token whose log-probability is not known or vanishing: it has no null.
    private static let unlikely = -9999.0

    private struct Alternative {
        var text: String
        var logprob: JSONTree
        var bytes: JSONTree?
    }

    /// As sent, where the client speaks the model's dialect and the value was kept; but for alternatives that it did
    /// not ask for. `offset` is that of the first token.
    static func write(
        _ logprobs: TokenLogprobs,
        from model: Dialect,
        as dialect: Dialect,
        top: Int,
        offset: Int = 0,
        to writer: inout JSONWriter
    ) {
        if model == dialect, !logprobs.raw.isEmpty {
            writer.raw(
                logprobs.alternatives > top ? LogprobsTrimmer.trim(logprobs.raw, to: top)[...] : logprobs.raw
            )
            return
        }
        let alternatives = top > 0 ? read(logprobs, top: top) : []
        switch dialect {
        case .chat: writeObjects(logprobs, alternatives, to: &writer)
        case .completions: writeColumns(logprobs, alternatives, asksForTop: top > 0, offset: offset, to: &writer)
        }
    }

    private static func writeObjects(
        _ logprobs: TokenLogprobs,
        _ alternatives: [[Alternative]],
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.name("content")
        writer.beginArray()
        for index in 0..<logprobs.count {
            let bytes = logprobs.tokenBytes[logprobs.range(of: index)]
            let value = logprobs.logprobs[index]
            writer.beginObject()
            writer.name("token")
            writer.string(bytes)
            writer.name("logprob")
            writer.number(value.isNaN ? unlikely : value)
            writer.name("bytes")
            write(bytes: bytes, to: &writer)
            writer.name("top_logprobs")
            writer.beginArray()
            for alternative in alternatives.indices.contains(index) ? alternatives[index] : [] {
                writer.beginObject()
                writer.name("token")
                writer.string(alternative.text)
                writer.name("logprob")
                writer.raw((alternative.logprob.isNull ? .double(unlikely) : alternative.logprob).encode())
                writer.name("bytes")
                if let bytes = alternative.bytes {
                    writer.raw(bytes.encode())
                } else {
                    write(bytes: Array(alternative.text.utf8)[...], to: &writer)
                }
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.name("refusal")
        writer.null()
        writer.endObject()
    }

    private static func write(bytes: ArraySlice<UInt8>, to writer: inout JSONWriter) {
        writer.beginArray()
        for byte in bytes { writer.number(byte) }
        writer.endArray()
    }

    private static func writeColumns(
        _ logprobs: TokenLogprobs,
        _ alternatives: [[Alternative]],
        asksForTop: Bool,
        offset first: Int,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.name("tokens")
        writer.beginArray()
        for index in 0..<logprobs.count { writer.string(logprobs.tokenBytes[logprobs.range(of: index)]) }
        writer.endArray()
        writer.name("token_logprobs")
        writer.beginArray()
        for value in logprobs.logprobs { writer.number(value) }
        writer.endArray()
        writer.name("top_logprobs")
        if asksForTop {
            writer.beginArray()
            for token in alternatives { write(token, to: &writer) }
            writer.endArray()
        } else {
            writer.null()
        }
        writer.name("text_offset")
        writer.beginArray()
        var offset = first
        for index in 0..<logprobs.count {
            writer.number(offset)
            offset += logprobs.tokenBytes[logprobs.range(of: index)].count { $0 & 0xC0 != 0x80 }
        }
        writer.endArray()
        writer.endObject()
    }

    /// An object of token and log-probability; of tokens that read the same, the first.
    private static func write(_ token: [Alternative], to writer: inout JSONWriter) {
        var seen: Set<String> = []
        writer.beginObject()
        for alternative in token where seen.insert(alternative.text).inserted {
            writer.name(Array(alternative.text.utf8))
            writer.raw(alternative.logprob.encode())
        }
        writer.endObject()
    }

    /// The alternatives of each token in either shape, the likeliest first.
    private static func read(_ logprobs: TokenLogprobs, top: Int) -> [[Alternative]] {
        guard let tree = try? JSONTree.parse(logprobs.raw) else { return [] }
        let tokens =
            if let objects = tree["content"]?.array {
                objects.map { object in
                    (object["top_logprobs"]?.array ?? []).map {
                        Alternative(
                            text: $0["token"]?.string ?? "",
                            logprob: $0["logprob"] ?? .null,
                            bytes: $0["bytes"]?.array.map { .array($0) }
                        )
                    }
                }
            } else {
                (tree["top_logprobs"]?.array ?? []).map { object in
                    (object.object ?? []).map { Alternative(text: $0.name, logprob: $0.value) }
                        .sorted { ($0.logprob.double ?? -.infinity) > ($1.logprob.double ?? -.infinity) }
                }
            }
        return tokens.map { Array($0.prefix(top)) }
    }
}
