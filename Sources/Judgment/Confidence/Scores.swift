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
        // Through pointers, as in `Judge`: a choice holds a dozen references, and a copy would count each of them.
        answer.choices.withUnsafeBufferPointer { choices in
            for position in choices.indices {
                let (all, values) = Self.read(choices.baseAddress! + position, context)
                self.all = position == 0 ? all : self.all.least(all)
                self.values = position == 0 ? values : self.values.least(values)
            }
        }
    }

    private static func read(_ choice: UnsafePointer<Choice>, _ context: JudgingContext) -> (all: Span, values: Span) {
        guard let logprobs = choice.pointee.logprobs, logprobs.count > 0 else { return (Span(), Span()) }
        let text = choice.pointee.text ?? []
        func span(over: ScoreSpan) -> Span? {
            Scoring.with(
                logprobs,
                text: text,
                hasCalls: !choice.pointee.toolCalls.isEmpty,
                echoedPromptCharacters: context.echoedPromptCharacters,
                over: over
            ) { over == .values && !$0.isOverValues ? nil : Span($0) }
        }
        let all = span(over: .all) ?? Span()
        // Where there are no values to be told apart, all tokens count.
        return (all, span(over: .values) ?? all)
    }
}

extension Scores.Span {
    fileprivate init(_ scoring: Scoring) {
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
