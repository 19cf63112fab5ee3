import JSON

/// The events of a streamed answer, made one at a time, so that an endless one costs no more than a short one.
///
/// In the order of OpenAI's: the role of every choice (chat only), the tokens of all choices in turn, each choice's
/// finish reason behind its last token, then the usage if it was asked for. `[DONE]` is not among them.
struct AnswerEvents {
    struct Event: Equatable {
        /// One JSON object.
        var data: [UInt8]
        /// How many tokens the model had to write for it.
        var tokens = 0
    }

    private let answer: ProviderAnswer
    private let tokensPerEvent: Int
    private let isEndless: Bool
    /// Every event's beginning, up to the choices, and its end behind them.
    private let head: [UInt8]
    private let tail: [UInt8]
    private var cursors: [ChoiceCursor]
    private var roles: Int
    private var turn = 0
    private var owesUsage: Bool

    init(_ answer: ProviderAnswer, tokensPerEvent: Int = 1, isEndless: Bool = false) {
        self.answer = answer
        self.tokensPerEvent = max(1, tokensPerEvent)
        self.isEndless = isEndless
        head = answer.chunkHead
        tail = Array((answer.request.includesUsage ? #"],"usage":null}"# : "]}").utf8)
        cursors = answer.choices.map { ChoiceCursor($0, in: answer) }
        roles = answer.request.dialect == .chat ? 0 : cursors.count
        owesUsage = answer.request.includesUsage
    }

    mutating func next() -> Event? {
        if roles < cursors.count {
            defer { roles += 1 }
            return Event(data: chunk(answer.roleChunk(cursors[roles].choice)))
        }
        for _ in cursors.indices {
            let index = turn
            turn = (turn + 1) % cursors.count
            guard let piece = cursors[index].next(upTo: tokensPerEvent, isEndless: isEndless) else { continue }
            return Event(
                data: chunk(answer.chunk(piece, of: cursors[index].choice)),
                tokens: piece.written
            )
        }
        guard owesUsage else { return nil }
        owesUsage = false
        var data = head
        data.append(contentsOf: #"],"usage":"#.utf8)
        data.append(contentsOf: answer.usage.encode())
        data.append(UInt8(ascii: "}"))
        return Event(data: data)
    }

    private func chunk(_ choice: JSONTree) -> [UInt8] {
        var data = head
        data.append(contentsOf: choice.encode())
        data.append(contentsOf: tail)
        return data
    }
}
