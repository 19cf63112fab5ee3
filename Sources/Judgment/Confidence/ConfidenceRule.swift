/// A way to turn token log-probabilities into one number; higher is surer. All are in nats, so at most 0, except
/// `margin`, which is at least 0.
///
/// Formulas and evidence: CONFIDENCE.md section 1. `min_logprob` is the best single default for code, tool calls and
/// JSON (one bad token breaks those), `first_token_logprob` for labels, `margin` where alternatives are asked for.
public enum ScoreName: String, Sendable, CaseIterable {
    /// The arithmetic mean over the tokens (Chow-Avg).
    case mean = "mean_logprob"
    /// The least of them.
    case min = "min_logprob"
    /// A quantile of them, interpolated linearly between neighbours.
    case quantile = "quantile_logprob"
    /// That of the first token.
    case firstToken = "first_token_logprob"
    /// The least, over the tokens, of best minus second best alternative. Needs `top_logprobs` of at least 2.
    case margin
}

/// Which tokens a score reads.
public enum ScoreSpan: String, Sendable, CaseIterable {
    /// All tokens of the answer.
    case all
    /// Tokens with any byte inside a JSON scalar value; all of them where the answer is not JSON.
    case values
}

/// What to do when an answer has no usable log-probabilities.
public enum MissingPolicy: String, Sendable, CaseIterable {
    /// Another model answers.
    case fallback
    /// The answer is given, unscored.
    case accept
    /// The exchange ends with an error.
    case fail
}

/// ``MissingPolicy`` for texts and for tool calls, for which providers give no log-probabilities.
public struct WhenMissing: Sendable, Equatable {
    public var text: MissingPolicy
    public var tools: MissingPolicy

    public init(text: MissingPolicy = .fallback, tools: MissingPolicy = .fallback) {
        self.text = text
        self.tools = tools
    }
}

/// A route's `confidence`: accept if score ≥ threshold.
public struct ConfidenceRule: Sendable, Equatable {
    public var score: ScoreName
    /// Infinite where the version in service is to bring its own and has none (`auto`): nothing is accepted.
    public var threshold: Double
    /// Between 0 and 1; read by `quantile_logprob` only.
    public var quantile: Double
    public var over: ScoreSpan
    private let missing: WhenMissing

    public init(
        score: ScoreName,
        threshold: Double,
        quantile: Double = 0.1,
        over: ScoreSpan = .all,
        whenMissing: WhenMissing = WhenMissing()
    ) {
        self.score = score
        self.threshold = threshold
        self.quantile = quantile
        self.over = over
        missing = whenMissing
    }

    /// As set; but without a threshold nothing is accepted, answers without a score no more than others.
    public var whenMissing: WhenMissing {
        guard threshold == .infinity else { return missing }
        return WhenMissing(
            text: missing.text == .accept ? .fallback : missing.text,
            tools: missing.tools == .accept ? .fallback : missing.tools
        )
    }

    /// The name a stored score goes by: two scores compare only if their names are equal.
    /// `min_logprob`, `quantile_logprob(0.1)`, `mean_logprob/values`.
    public var scoreName: String {
        let base = score == .quantile ? "\(score.rawValue)(\(quantile))" : score.rawValue
        return over == .values ? base + "/values" : base
    }
}
