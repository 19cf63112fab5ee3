/// What of a choice goes into one event.
struct ChoicePiece: Equatable {
    enum Content: Equatable {
        /// Tokens of the text or the refusal; `offset` is the first one's place in the text, in characters.
        case tokens(Range<Int>, offset: Int)
        /// The beginning of a tool call.
        case call(Int)
        /// A part of a tool call's arguments.
        case arguments(Int, [UInt8])
        /// Text behind the answer, for answers that are too large.
        case padding
        case finish
    }

    var content: Content
    /// How many tokens the model wrote for it: echoed ones are there already.
    var written = 0
}

/// How far one choice of a stream has come.
struct ChoiceCursor {
    let choice: Choice
    private var at = 0
    private var offset: Int
    /// What a tool call is cut into; empty for texts.
    private var calls: [ChoicePiece] = []
    private var owesPadding: Bool
    private var isFinished = false

    init(_ choice: Choice, in answer: ProviderAnswer) {
        self.choice = choice
        offset = answer.firstOffset(of: choice)
        owesPadding = answer.padding > 0 && choice.index == 0
        guard case .toolCalls(let list) = choice.content else { return }
        for (index, call) in list.enumerated() {
            calls.append(ChoicePiece(content: .call(index), written: 2))
            for token in tokens(of: Array(call.arguments.utf8)) {
                calls.append(ChoicePiece(content: .arguments(index, token), written: 1))
            }
        }
    }

    /// The next piece, of up to `most` tokens and as many more as it takes to end between two scalars; nil at the end.
    mutating func next(upTo most: Int, isEndless: Bool) -> ChoicePiece? {
        if isFinished { return nil }
        if isEndless, at > 0, at == max(choice.tokens.count, calls.count) { at = 0 }
        if at < calls.count {
            defer { at += 1 }
            return calls[at]
        }
        if at < choice.tokens.count { return nextTokens(upTo: most) }
        if owesPadding {
            owesPadding = false
            return ChoicePiece(content: .padding)
        }
        isFinished = true
        return ChoicePiece(content: .finish)
    }

    private mutating func nextTokens(upTo most: Int) -> ChoicePiece {
        let start = at
        var text: [UInt8] = []
        repeat {
            text.append(contentsOf: choice.tokens[at].bytes)
            at += 1
        } while at < choice.tokens.count && (at - start < most || endsInsideScalar(text))
        let echoed = choice.tokens.count - choice.completionTokens
        let piece = ChoicePiece(content: .tokens(start..<at, offset: offset), written: at - max(start, min(at, echoed)))
        offset += characters(in: text)
        return piece
    }
}

/// Whether the last scalar of these bytes lacks some of its own.
private func endsInsideScalar(_ bytes: [UInt8]) -> Bool {
    for (distance, byte) in bytes.reversed().prefix(4).enumerated() where byte & 0xC0 != 0x80 {
        let length = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        return distance + 1 < length
    }
    return false
}
