import Completions

/// Computes scores over the counted tokens of one choice.
///
/// A score is nil if it cannot be had: a null among the counted tokens, no token at all, or no second alternative for
/// `margin`. That is a state of its own (`no_logprobs`) and never passes for confidence.
struct Scoring {
    private let logprobs: TokenLogprobs
    private let counted: Range<Int>
    /// Of the counted tokens, those that carry values; nil where all count.
    private let mask: ValueMask?

    /// - Parameter over: `.values` reads the text as JSON to find its scalar values.
    init(_ logprobs: TokenLogprobs, of choice: Choice, echoedPromptCharacters: Int, over: ScoreSpan) {
        self.logprobs = logprobs
        let tokens = CountedTokens(logprobs, of: choice, echoedPromptCharacters: echoedPromptCharacters)
        counted = tokens.range.clamped(to: 0..<logprobs.logprobs.count)
        if over == .values, let start = tokens.answerStart, let text = choice.text {
            mask = ValueMask(text, from: start, tokenEnds: logprobs.tokenEnds, counted: counted)
        } else {
            mask = nil
        }
    }

    func score(_ name: ScoreName, quantile: Double) -> Double? {
        switch name {
        case .mean: mean()
        case .min: least(of: logprobs.logprobs)
        case .quantile: self.quantile(quantile)
        case .firstToken: first()
        case .margin: logprobs.margins.count == logprobs.logprobs.count ? least(of: logprobs.margins) : nil
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
            sum += logprobs.logprobs[token]
            tokens += 1
        }
        return tokens == 0 || sum.isNaN ? nil : sum / Double(tokens)
    }

    private func least(of numbers: [Double]) -> Double? {
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
            let number = logprobs.logprobs[token]
            if number.isNaN { return nil }
            if first == nil { first = number }
        }
        return first
    }

    /// Sorted, the q-quantile lies at position q × (n - 1), between its neighbours linearly (Hyndman and Fan's type 7).
    private func quantile(_ q: Double) -> Double? {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, counted.count)) { sorted -> Double? in
            var count = 0
            for token in counted where counts(token) {
                let number = logprobs.logprobs[token]
                if number.isNaN { return nil }
                sorted.initializeElement(at: count, to: number)
                count += 1
            }
            guard count > 0 else { return nil }
            var values = UnsafeMutableBufferPointer(rebasing: sorted[..<count])
            values.sort()
            let position = min(max(q, 0), 1) * Double(count - 1)
            let below = Int(position)
            let above = min(below + 1, count - 1)
            if values[below] == values[above] { return values[below] }
            return values[below] + (values[above] - values[below]) * (position - Double(below))
        }
    }
}
