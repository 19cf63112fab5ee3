import Completions

/// Which tokens of a choice count for its confidence.
///
/// Counted are the tokens whose text lies in the answer: none of an echoed prompt, none at or past the answer's end
/// (a provider may report the stop sequence and the end-of-text token, which the text does not hold). Three ways to
/// know where a token lies, best first:
///
/// 1. The tokens' bytes, put together, begin with the text: positions are exact, in bytes.
/// 2. The provider sent `text_offset`: characters, taken from the first token on, because some providers count from the
///    prompt's beginning and some from the answer's. (Legacy tokens such as `bytes:\xe2` do not add up to the text.)
/// 3. Neither: all tokens count, which can only make a score stricter.
///
/// Tokens whose bytes are fewer than the answer's are not all there: then none counts, and there is no score. What some
/// of the tokens say is no confidence in the whole.
///
/// The counted tokens are one range: texts are contiguous, and so are the tokens that lie in them.
struct CountedTokens {
    /// Positions of the counted tokens.
    let range: Range<Int>
    /// Where the answer begins in the text, in bytes, if tokens are known by bytes: then `over: values` can tell which
    /// of them carry values. Otherwise nil.
    let answerStart: Int?

    /// - Parameters:
    ///   - text: the whole text of the choice, an echoed prompt included.
    ///   - hasCalls: the choice has tool calls.
    init(_ logprobs: TokenLogprobs, text: [UInt8], hasCalls: Bool, echoedPromptCharacters: Int) {
        let count = logprobs.count
        if text.isEmpty {
            // No text: the tokens of tool calls, which lie in no text, or of an end without an answer.
            range = hasCalls ? 0..<count : 0..<0
            answerStart = nil
        } else if logprobs.tokenEnds.count == count, begins(logprobs.tokenBytes, with: text) {
            let start = Self.bytes(ofFirst: echoedPromptCharacters, in: text)
            range = Self.range(count, from: start, to: text.count) { $0 == 0 ? 0 : Int(logprobs.tokenEnds[$0 - 1]) }
            answerStart = start
        } else if !hasCalls,
            logprobs.isShorter(than: text.count - Self.bytes(ofFirst: echoedPromptCharacters, in: text))
        {
            range = 0..<0
            answerStart = nil
        } else if logprobs.textOffsets.count == count, let base = logprobs.textOffsets.first {
            let characters = text.withUnsafeBufferPointer(countScalars)
            range = Self.range(count, from: echoedPromptCharacters, to: characters) {
                Int(logprobs.textOffsets[$0]) - Int(base)
            }
            answerStart = nil
        } else {
            range = 0..<count
            answerStart = nil
        }
    }

    private static func bytes(ofFirst scalars: Int, in text: [UInt8]) -> Int {
        scalars == 0 ? 0 : byteOffset(ofScalar: scalars, in: text)
    }

    /// The tokens that start at or after `lower` and before `upper`.
    private static func range(_ count: Int, from lower: Int, to upper: Int, start: (Int) -> Int) -> Range<Int> {
        var first = 0
        while first < count, start(first) < lower { first += 1 }
        var end = count
        while end > first, start(end - 1) >= upper { end -= 1 }
        return first..<end
    }
}

private func begins(_ bytes: [UInt8], with text: [UInt8]) -> Bool {
    guard bytes.count >= text.count else { return false }
    return bytes.withUnsafeBufferPointer { bytes in
        text.withUnsafeBufferPointer { text in
            for position in text.indices where bytes[position] != text[position] { return false }
            return true
        }
    }
}

/// Where the scalar with this position begins; the end if there are fewer.
private func byteOffset(ofScalar position: Int, in text: [UInt8]) -> Int {
    var seen = 0
    for (offset, byte) in text.enumerated() where byte & 0xC0 != 0x80 {
        if seen == position { return offset }
        seen += 1
    }
    return text.count
}
