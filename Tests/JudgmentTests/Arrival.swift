import Completions

@testable import Judgment

/// One choice that arrives: the answer grows by pieces, and a `PrefixJudge` looks at it after each.
struct Arrival {
    /// What comes at once: text, tokens, or both.
    struct Piece {
        var text: [UInt8]
        /// One row for each token, as a provider would send them.
        var tokens: TokenLogprobs?
    }

    private(set) var answer: CompletionAnswer
    private var watch: PrefixJudge
    private let judge: Judge
    private let context: JudgingContext
    private let scratch = JudgingScratch()
    /// Looks so far.
    private(set) var prefixes = 0
    private(set) var refutation: Refutation?
    /// Looks until it was refuted, that one included.
    private(set) var refutedAt: Int?

    init(
        _ judge: Judge,
        context: JudgingContext = JudgingContext(),
        dialect: Dialect = .chat,
        maxTokens: Int? = nil
    ) {
        self.judge = judge
        self.context = context
        watch = PrefixJudge(judge, context: context, dialect: dialect, maxTokens: maxTokens)
        answer = CompletionAnswer(dialect: dialect, choices: [Choice(text: nil, finishReason: nil)])
    }

    mutating func take(_ piece: Piece) {
        answer.choices[0].text = (answer.choices[0].text ?? []) + piece.text
        if let tokens = piece.tokens {
            if answer.choices[0].logprobs == nil {
                answer.choices[0].logprobs = tokens
            } else {
                answer.choices[0].logprobs?.append(tokens)
            }
        }
        look()
    }

    mutating func take(arguments piece: some Collection<UInt8>, of call: Int = 0, named name: String = "search") {
        while answer.choices[0].toolCalls.count <= call {
            answer.choices[0].toolCalls.append(ToolCall(id: [], name: [], arguments: []))
        }
        // It may grow, as some providers' names do.
        answer.choices[0].toolCalls[call].name = Array(name.utf8)
        answer.choices[0].toolCalls[call].arguments += piece
        look()
    }

    private mutating func look() {
        prefixes += 1
        let said = watch.refutation(of: answer, choice: 0, scratch: scratch)
        if refutation == nil, said != nil { refutedAt = prefixes }
        refutation = said
    }

    /// The verdict on what has arrived, as a whole.
    mutating func verdict(ending: FinishReason = .stop) -> Verdict {
        answer.choices[0].finishReason = ending
        return judge.judge(answer, context: context, scratch: scratch)
    }
}

extension TokenLogprobs {
    /// More tokens of the same choice.
    fileprivate mutating func append(_ more: TokenLogprobs) {
        let base = Int32(tokenBytes.count)
        tokenBytes += more.tokenBytes
        tokenEnds += more.tokenEnds.map { $0 + base }
        logprobs += more.logprobs
        margins += more.margins
        textOffsets += more.textOffsets
    }
}

/// SplitMix64: the same numbers on every machine.
struct SmallRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

    mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

    mutating func one<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }

    /// Cuts bytes at random places, characters or not; 1 to 7 bytes a piece.
    mutating func cut(_ bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + 1 + below(7))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }
}
