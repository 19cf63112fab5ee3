public import Completions

/// Every score that the log-probabilities of an answer allow, whatever the route is configured to use: tools replay
/// thresholds over exchange records later. NaN where a score cannot be had.
///
/// Of several choices the least of each, as the verdict's score is.
public struct Scores: Sendable, Equatable {
    /// One span's scores.
    public struct Span: Sendable, Equatable {
        public var mean = Double.nan
        public var min = Double.nan
        /// The 0.1-, 0.25- and 0.5-quantile.
        public var quantile10 = Double.nan
        public var quantile25 = Double.nan
        public var median = Double.nan
        public var firstToken = Double.nan
        public var margin = Double.nan
    }

    public var all = Span()
    /// `over: values`.
    public var values = Span()

    public init() {}

    /// Reads all scores off an answer.
    public init(_ answer: CompletionAnswer, context: JudgingContext) {
        var isFirst = true
        for choice in answer.choices {
            let all = Span(choice, context: context, over: .all)
            let values = Span(choice, context: context, over: .values)
            self.all = isFirst ? all : self.all.least(all)
            self.values = isFirst ? values : self.values.least(values)
            isFirst = false
        }
    }
}

extension Scores.Span {
    init(_ choice: Choice, context: JudgingContext, over: ScoreSpan) {
        guard let logprobs = choice.logprobs, logprobs.count > 0 else { return }
        Scoring.with(
            logprobs,
            text: choice.text ?? [],
            hasCalls: !choice.toolCalls.isEmpty,
            echoedPromptCharacters: context.echoedPromptCharacters,
            over: over
        ) { scoring in
            mean = scoring.score(.mean, quantile: 0) ?? .nan
            firstToken = scoring.score(.firstToken, quantile: 0) ?? .nan
            margin = scoring.score(.margin, quantile: 0) ?? .nan
            scoring.withSorted { sorted in
                guard let least = sorted.first else { return }
                min = least
                quantile10 = Scoring.quantile(0.1, of: sorted)
                quantile25 = Scoring.quantile(0.25, of: sorted)
                median = Scoring.quantile(0.5, of: sorted)
            }
        }
    }

    /// The least of each; a choice without a score leaves the answer without it.
    func least(_ other: Scores.Span) -> Scores.Span {
        var least = Scores.Span()
        least.mean = Double.minimumOrNaN(mean, other.mean)
        least.min = Double.minimumOrNaN(min, other.min)
        least.quantile10 = Double.minimumOrNaN(quantile10, other.quantile10)
        least.quantile25 = Double.minimumOrNaN(quantile25, other.quantile25)
        least.median = Double.minimumOrNaN(median, other.median)
        least.firstToken = Double.minimumOrNaN(firstToken, other.firstToken)
        least.margin = Double.minimumOrNaN(margin, other.margin)
        return least
    }
}

extension Double {
    /// IEEE's minimum skips NaN; here a missing score is missing.
    fileprivate static func minimumOrNaN(_ a: Double, _ b: Double) -> Double {
        a.isNaN || b.isNaN ? .nan : Swift.min(a, b)
    }
}
