import Completions
import JSON

/// Can the confidence of an answer that begins so still reach its threshold?
///
/// Only tokens that will count for certain are read: those that lie in the text so far, and for `over: values` those
/// inside a scalar that has ended (or all, once the text cannot become JSON). More text can only add to them.
struct PrefixScore {
    private let values: [Double]
    private let rule: ConfidenceRule
    private let maxTokens: Int?
    /// The first token of the answer, whether or not it carries a value.
    private var start = Double.infinity

    init(_ tokens: TokenLogprobs, text: [UInt8], rule: ConfidenceRule, context: JudgingContext) {
        self.rule = rule
        maxTokens = context.maxTokens
        let counted = CountedTokens(
            tokens,
            text: text,
            hasCalls: false,
            echoedPromptCharacters: context.echoedPromptCharacters
        )
        let column = rule.score == .margin ? tokens.margins : tokens.logprobs
        // An echoed prompt that cannot be told from the answer: wait for the whole.
        let isTold = context.echoedPromptCharacters == 0 || counted.answerStart != nil
        guard column.count == tokens.count, isTold else {
            values = []
            return
        }
        var mask: ValueMask?
        if rule.over == .values {
            // Which tokens will carry values is known in bytes only; otherwise all may count, or some: wait.
            guard let start = counted.answerStart else {
                values = []
                return
            }
            var reader = JSONReader()
            var spans = ScalarSpans()
            try? reader.feed(text[start...], into: &spans)
            if reader.isViable {
                mask = ValueMask(spans.spans, from: start, tokenEnds: tokens.tokenEnds, counted: counted.range)
            }
        }
        start = counted.range.first.map { column[$0] } ?? .infinity
        values = counted.range.filter { mask?.carriesValue($0) ?? true }.map { column[$0] }
    }

    /// Why it cannot; nil while it can.
    var refutation: VerdictReason? {
        if values.contains(where: \.isNaN) { return .noLogprobs }
        guard let first = values.first else { return nil }
        let best: Double
        switch rule.score {
        case .min, .margin: best = values.min() ?? 0
        case .firstToken:
            // If the text does not become JSON after all, the first token counts rather than the first value.
            best = max(first, start)
        case .mean:
            guard let most = limit else { return nil }
            best = values.reduce(0, +) / Double(most)
        case .quantile:
            guard let most = limit else { return nil }
            best = quantile(filledTo: most)
        }
        return best < rule.threshold ? .lowConfidence : nil
    }

    /// How many tokens the answer can have at most, if that is known.
    private var limit: Int? { maxTokens.map { max($0, values.count) } }

    /// The quantile of the values and as many zeros as still fit: log-probabilities are at most 0.
    private func quantile(filledTo count: Int) -> Double {
        let sorted = values.sorted()
        func value(_ position: Int) -> Double { position < sorted.count ? min(sorted[position], 0) : 0 }
        let position = min(max(rule.quantile, 0), 1) * Double(count - 1)
        let below = Int(position)
        let above = min(below + 1, count - 1)
        if value(below) == value(above) { return value(below) }
        return value(below) + (value(above) - value(below)) * (position - Double(below))
    }
}
