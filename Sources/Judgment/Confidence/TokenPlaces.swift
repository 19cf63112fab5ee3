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
    mutating func advance(_ tokens: TokenColumns) -> Bool {
        let text = tokens.text
        if isExact, tokens.ends.count == tokens.count {
            let both = min(tokens.bytes.count, text.count)
            while agreed < both, tokens.bytes[agreed] == text[agreed] { agreed += 1 }
            isExact = agreed == both
        } else {
            isExact = false
        }
        if !tokens.offsets.isEmpty || start == 0 && echoed > 0 {
            characters += countScalars(TextBytes(rebasing: text[countedBytes...]))
            countedBytes = text.count
        }
        textBytes = text.count
        guard echoed > 0, start == 0 else { return true }
        guard characters > echoed else { return false }
        start = beginning(ofScalar: echoed, in: text)
        return true
    }

    func place(of token: Int, _ tokens: TokenColumns) -> Place {
        if isExact {
            let begin = tokens.range(of: token).lowerBound
            if begin >= textBytes { return .later }
            if begin < start { return .before }
        }
        if tokens.offsets.count == tokens.count {
            let offset = Int(tokens.offsets[token]) - Int(tokens.offsets[0])
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

/// A choice's text and the columns of its tokens, as they lie: valid during the call that receives them.
struct TokenColumns {
    let text: TextBytes
    /// Log-probabilities, or margins.
    let numbers: UnsafeBufferPointer<Double>
    let bytes: TextBytes
    let ends: UnsafeBufferPointer<Int32>
    let offsets: UnsafeBufferPointer<Int32>

    var count: Int { numbers.count }

    func range(of token: Int) -> Range<Int> {
        (token == 0 ? 0 : Int(ends[token - 1]))..<Int(ends[token])
    }

    /// Nil where there is no text, or where not every token has its number (or margin).
    static func with<Result>(
        _ choice: UnsafePointer<Choice>,
        margins: Bool,
        _ body: (TokenColumns) -> Result
    ) -> Result? {
        guard let text = choice.pointee.text, !text.isEmpty else { return nil }
        // Mutable in name only: a projection into the optional, where `if let` would copy the columns and count the
        // references of each, at every token.
        return text.withUnsafeBufferPointer {
            UnsafeMutablePointer(mutating: choice).pointee.logprobs?.lend($0, margins: margins, body)
        } ?? nil
    }
}

extension TokenLogprobs {
    /// Changes nothing; `mutating` for the sake of `TokenColumns.with`.
    fileprivate mutating func lend<Result>(
        _ text: TextBytes,
        margins: Bool,
        _ body: (TokenColumns) -> Result
    ) -> Result? {
        guard !margins || self.margins.count == logprobs.count else { return nil }
        return (margins ? self.margins : logprobs).withUnsafeBufferPointer { numbers in
            tokenBytes.withUnsafeBufferPointer { bytes in
                tokenEnds.withUnsafeBufferPointer { ends in
                    textOffsets.withUnsafeBufferPointer { offsets in
                        body(TokenColumns(text: text, numbers: numbers, bytes: bytes, ends: ends, offsets: offsets))
                    }
                }
            }
        }
    }
}
