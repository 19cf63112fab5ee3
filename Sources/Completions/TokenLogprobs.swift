/// The log-probabilities of one choice's tokens, as a struct of arrays: scores read only the columns they need.
///
/// All columns but `textOffsets` and `margins` have `count` rows; those two are empty where the provider sent none.
public struct TokenLogprobs: Sendable, Equatable {
    /// Natural logarithms, at most 0 from an honest provider; `.nan` where the provider sent null.
    public var logprobs: [Double]
    /// The tokens' texts one after the other. Chat: the `bytes` member where given, else the token's text in UTF-8.
    public var tokenBytes: [UInt8]
    /// Token `i` is `tokenBytes[tokenEnds[i - 1]..<tokenEnds[i]]`, from 0 for the first.
    public var tokenEnds: [Int32]
    /// Completions only: `text_offset` as sent, in characters from the start of the prompt or of the text.
    public var textOffsets: [Int32]
    /// Best alternative minus second best; `.nan` where fewer than two were sent.
    public var margins: [Double]
    /// The most alternatives that any token was sent with.
    public var alternatives: Int
    /// The JSON value of the choice's `logprobs` member as sent, in its own dialect.
    public var raw: ArraySlice<UInt8>

    public init(
        logprobs: [Double],
        tokenBytes: [UInt8],
        tokenEnds: [Int32],
        textOffsets: [Int32] = [],
        margins: [Double] = [],
        alternatives: Int = 0,
        raw: ArraySlice<UInt8> = []
    ) {
        self.logprobs = logprobs
        self.tokenBytes = tokenBytes
        self.tokenEnds = tokenEnds
        self.textOffsets = textOffsets
        self.margins = margins
        self.alternatives = alternatives
        self.raw = raw
    }

    /// From tokens and their log-probabilities side by side.
    public init(_ tokens: [(text: String, logprob: Double)], margins: [Double] = []) {
        self.init(logprobs: tokens.map(\.logprob), tokenBytes: [], tokenEnds: [], margins: margins)
        for token in tokens {
            tokenBytes.append(contentsOf: token.text.utf8)
            tokenEnds.append(Int32(tokenBytes.count))
        }
    }

    public var count: Int { logprobs.count }

    /// Whether tokens of a text of so many bytes are missing, as far as can be told.
    public func isShorter(than bytes: Int) -> Bool { tokenEnds.count == count && tokenBytes.count < bytes }

    /// Where token `index` lies in `tokenBytes`.
    public func range(of index: Int) -> Range<Int> {
        (index == 0 ? 0 : Int(tokenEnds[index - 1]))..<Int(tokenEnds[index])
    }

    /// Rows are equal where both are nan, too: nan stands for "not sent".
    public static func == (a: Self, b: Self) -> Bool {
        func same(_ a: [Double], _ b: [Double]) -> Bool {
            a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
        }
        return same(a.logprobs, b.logprobs) && same(a.margins, b.margins) && a.tokenBytes == b.tokenBytes
            && a.tokenEnds == b.tokenEnds && a.textOffsets == b.textOffsets
            && a.alternatives == b.alternatives && a.raw == b.raw
    }
}
