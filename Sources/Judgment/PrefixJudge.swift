public import Completions

/// What made an answer hopeless before it ended.
public struct Refutation: Sendable, Equatable {
    public let reason: VerdictReason
    public let detail: String?
    /// Position of the choice.
    public let choice: Int
}

/// Watches an answer arrive, and says as soon as it cannot be accepted any more.
///
///     var watch = PrefixJudge(judge, context: ..., dialect: ..., choices: n)
///     for each piece: watch.take(text, tokens, choice: i, scratch: ...)
///                     if let refutation = watch.refutation(scratch: ...) { abort }
///
/// It never accepts: that is `Judge.judge` of the whole answer, which runs the same checks to their end. The promise is
/// one-sided and exact: an answer that `judge` accepts is refuted at no prefix. Hence what it leaves alone:
/// - an empty text (tool calls or a refusal may follow, and then no check reads it);
/// - confidence where `when_missing: accept` stands: a later null would accept the answer all the same.
///
/// Confidence (CONTRACTS section 3): `min_logprob`, `first_token_logprob` and `margin` are exact at the token that
/// refutes them. A mean or a quantile is hopeless if even zeros up to the effective `max_tokens` leave it below the
/// threshold; with no limit known, never.
public struct PrefixJudge {
    private let judge: Judge
    private let context: JudgingContext
    private let dialect: Dialect
    private var choices: [ChoiceWatch]
    private var found: Refutation?

    fileprivate struct ChoiceWatch {
        var text: [UInt8] = []
        /// Bytes of `text` that the runs have taken, from `start` on; nil until it is known where the answer begins.
        var start: Int?
        var taken = 0
        var runs: [any CheckRun]
        var tokens = TokenLogprobs(logprobs: [], tokenBytes: [], tokenEnds: [])
    }

    public init(_ judge: Judge, context: JudgingContext, dialect: Dialect, choices: Int = 1) {
        self.judge = judge
        self.context = context
        self.dialect = dialect
        self.choices = (0..<choices).map { _ in ChoiceWatch(runs: judge.checks.map { $0.begin() }) }
    }

    /// The next piece of a choice's text and its tokens' log-probabilities, as the provider sent them.
    public mutating func take(
        _ text: some Collection<UInt8>,
        tokens: TokenLogprobs? = nil,
        choice: Int = 0,
        scratch: JudgingScratch
    ) {
        choices[choice].text.append(contentsOf: text)
        if let tokens { choices[choice].tokens.append(tokens) }
        choices[choice].advance(judge, context, dialect, scratch)
    }

    /// Why the answer cannot be accepted any more; nil while it may.
    public mutating func refutation(choice: Int = 0, scratch: JudgingScratch) -> Refutation? {
        if let found { return found }
        if let (check, detail) = choices[choice].refutedCheck(scratch) {
            found = Refutation(reason: judge.failureReason(of: check), detail: detail, choice: choice)
        } else if let reason = refutedConfidence(choices[choice]) {
            found = Refutation(reason: reason, detail: nil, choice: choice)
        }
        return found
    }

    private func refutedConfidence(_ watch: ChoiceWatch) -> VerdictReason? {
        guard let rule = judge.confidence, rule.whenMissing.text != .accept, rule.whenMissing.tools != .accept,
            !watch.text.isEmpty
        else { return nil }
        return PrefixScore(watch.tokens, text: watch.text, rule: rule, context: context).refutation
    }
}

extension PrefixJudge.ChoiceWatch {
    /// Feeds the runs what has arrived of the answer.
    fileprivate mutating func advance(
        _ judge: Judge,
        _ context: JudgingContext,
        _ dialect: Dialect,
        _ scratch: JudgingScratch
    ) {
        if start == nil {
            start = text.withUnsafeBufferPointer { judge.answerStart(in: $0, dialect, context) }
            taken = start ?? 0
        }
        guard start != nil, taken < text.count else { return }
        text.withUnsafeBufferPointer { whole in
            let piece = TextBytes(rebasing: whole[taken...])
            for index in runs.indices { runs[index].take(piece, scratch: scratch) }
        }
        taken = text.count
    }

    /// The first check that no continuation can satisfy, and its words.
    fileprivate mutating func refutedCheck(_ scratch: JudgingScratch) -> (Int, String)? {
        guard let start, start < text.count else { return nil }
        return text.withUnsafeBufferPointer { whole in
            let soFar = TextBytes(rebasing: whole[start...])
            for index in runs.indices {
                if case .fail(let detail) = runs[index].viability(soFar, scratch: scratch) { return (index, detail) }
            }
            return nil
        }
    }
}

extension TokenLogprobs {
    /// More tokens of the same answer.
    fileprivate mutating func append(_ more: TokenLogprobs) {
        let base = Int32(tokenBytes.count)
        tokenBytes.append(contentsOf: more.tokenBytes)
        tokenEnds.append(contentsOf: more.tokenEnds.map { $0 + base })
        logprobs.append(contentsOf: more.logprobs)
        margins.append(contentsOf: more.margins)
        textOffsets.append(contentsOf: more.textOffsets)
    }
}
