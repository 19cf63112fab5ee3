import Completions

/// Where tokens lie while text and tokens still arrive: what `CountedTokens` will say at the end, as far as that is
/// settled.
///
/// Positions in bytes hold while the tokens' bytes agree with the text; once they differ they never will again. Offsets
/// in characters hold if the provider sends them. A token is inside if every way that is still possible says so. A
/// token that no way can place counts.
struct TokenPlaces {
    enum Place {
        /// The prompt's, by one way at least.
        case before
        case inside
        /// Its text is not there yet, or never will be.
        case later
    }

    /// So far the tokens' bytes are the text.
    private(set) var isExact = true
    /// Where the answer begins, in bytes: after the echoed prompt.
    private(set) var start = 0
    private let echoed: Int
    private var agreed = 0
    private var textBytes = 0
    /// Characters of the text, counted only where there are offsets.
    private var characters = 0
    private var countedBytes = 0

    init(echoed: Int) {
        self.echoed = echoed
    }

    /// Compares what is new. False while the prompt is not through.
    mutating func advance(_ tokens: TokenLogprobs, _ text: TextBytes) -> Bool {
        if isExact, tokens.tokenEnds.count != tokens.count { isExact = false }
        if isExact {
            let both = min(tokens.tokenBytes.count, text.count)
            tokens.tokenBytes.withUnsafeBufferPointer { bytes in
                while agreed < both, bytes[agreed] == text[agreed] { agreed += 1 }
            }
            isExact = agreed == both
        }
        if !tokens.textOffsets.isEmpty || start == 0 && echoed > 0 {
            characters += countScalars(TextBytes(rebasing: text[countedBytes...]))
            countedBytes = text.count
        }
        textBytes = text.count
        guard echoed > 0, start == 0 else { return true }
        guard characters > echoed else { return false }
        start = beginning(ofScalar: echoed, in: text)
        return true
    }

    func place(of token: Int, _ tokens: TokenLogprobs) -> Place {
        if isExact {
            let begin = token == 0 ? 0 : Int(tokens.tokenEnds[token - 1])
            if begin >= textBytes { return .later }
            if begin < start { return .before }
        }
        if tokens.textOffsets.count == tokens.count {
            let offset = Int(tokens.textOffsets[token]) - Int(tokens.textOffsets[0])
            if offset >= characters { return .later }
            if offset < echoed { return .before }
        }
        return .inside
    }

    private func beginning(ofScalar position: Int, in text: TextBytes) -> Int {
        var seen = 0
        for index in text.indices where text[index] & 0xC0 != 0x80 {
            if seen == position { return index }
            seen += 1
        }
        return text.count
    }
}
