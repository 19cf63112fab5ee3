import Completions

/// Computes scores over the counted tokens of one choice: a view of its columns, so that a verdict copies nothing.
///
/// A score is nil if it cannot be had: a null among the counted tokens, no token at all, or no second alternative for
/// `margin`. That is a state of its own (`no_logprobs`) and never passes for confidence.
struct Scoring {
    private let logprobs: UnsafeBufferPointer<Double>
    private let margins: UnsafeBufferPointer<Double>
    private let counted: Range<Int>
    /// Of the counted tokens, those that carry values; nil where all count.
    private let mask: ValueMask?

    /// Lends a scoring of these tokens to `body`.
    /// - Parameters:
    ///   - text: the whole text of the choice; `hasCalls`: it has tool calls.
    ///   - over: `.values` reads the text as JSON to find its scalar values.
    static func with<Result>(
        _ logprobs: TokenLogprobs,
        text: [UInt8],
        hasCalls: Bool,
        echoedPromptCharacters: Int,
        over: ScoreSpan,
        _ body: (Scoring) -> Result
    ) -> Result {
        let tokens = CountedTokens(
            logprobs,
            text: text,
            hasCalls: hasCalls,
            echoedPromptCharacters: echoedPromptCharacters
        )
        var mask: ValueMask?
        if over == .values, let start = tokens.answerStart {
            mask = ValueMask(text, from: start, tokenEnds: logprobs.tokenEnds, counted: tokens.range)
        }
        return logprobs.logprobs.withUnsafeBufferPointer { column in
            logprobs.margins.withUnsafeBufferPointer { margins in
                body(Scoring(logprobs: column, margins: margins, counted: tokens.range, mask: mask))
            }
        }
    }

    /// Whether only tokens count that carry values.
    var isOverValues: Bool { mask != nil }

    func score(_ name: ScoreName, quantile: Double) -> Double? {
        switch name {
        case .mean: mean()
        case .min: least(of: logprobs)
        case .quantile: self.quantile(quantile)
        case .firstToken: first()
        case .margin: margins.count == logprobs.count ? least(of: margins) : nil
        }
    }

    @inline(__always)
    private func counts(_ token: Int) -> Bool {
        mask?.carriesValue(token) ?? true
    }

    private func mean() -> Double? {
        var sum = 0.0
        var tokens = 0
        for token in counted where counts(token) {
            sum += logprobs[token]
            tokens += 1
        }
        return tokens == 0 || sum.isNaN ? nil : sum / Double(tokens)
    }

    private func least(of numbers: UnsafeBufferPointer<Double>) -> Double? {
        var least = Double.infinity
        var tokens = 0
        for token in counted where counts(token) {
            let number = numbers[token]
            if number.isNaN { return nil }
            if number < least { least = number }
            tokens += 1
        }
        return tokens == 0 ? nil : least
    }

    private func first() -> Double? {
        var first: Double?
        for token in counted where counts(token) {
            let number = logprobs[token]
            if number.isNaN { return nil }
            if first == nil { first = number }
        }
        return first
    }

    private func quantile(_ q: Double) -> Double? {
        withSorted { sorted in sorted.isEmpty ? nil : Self.quantile(q, of: sorted) }
    }

    /// The counted log-probabilities in ascending order; none at all if there is a null among them.
    func withSorted<Result>(_ body: (UnsafeBufferPointer<Double>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, counted.count)) { room in
            var count = 0
            for token in counted where counts(token) {
                let number = logprobs[token]
                if number.isNaN { return body(UnsafeBufferPointer(rebasing: room[..<0])) }
                room.initializeElement(at: count, to: number)
                count += 1
            }
            var values = UnsafeMutableBufferPointer(rebasing: room[..<count])
            values.sort()
            return body(UnsafeBufferPointer(values))
        }
    }

    /// The q-quantile lies at position q × (n - 1), between its neighbours linearly (Hyndman and Fan's type 7).
    /// - Parameter sorted: not empty.
    static func quantile(_ q: Double, of sorted: UnsafeBufferPointer<Double>) -> Double {
        let position = min(max(q, 0), 1) * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        if sorted[below] == sorted[above] { return sorted[below] }
        return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
    }
}
