public import Completions

/// What made an answer hopeless before it ended.
public struct Refutation: Sendable, Equatable {
    public let reason: VerdictReason
    /// The refuting check's own words.
    public let detail: String?
    /// Position of the choice.
    public let choice: Int
    /// What follows: `.fallback`, or `.error` where `when_missing` says `fail`.
    public let consequence: Verdict.Consequence
}

/// Watches one answer arrive, and says as soon as it cannot be accepted any more.
///
///     var watch = PrefixJudge(judge, context: ..., dialect: ..., maxTokens: ...)
///     at every piece:  append it to `answer.choices[i]`            (text, log-probabilities, calls: they only grow)
///                      watch.refutation(of: answer, choice: i, scratch: scratch)  ->  cancel and ask large
///
/// The answer stays where it is: nothing of it is copied, and a look costs what is new in it since the last one.
///
/// It never accepts: that is `Judge.judge` of the whole answer, which runs the same checks to their end. The promise is
/// one-sided and exact: an answer that `judge` accepts is refuted at no prefix. Hence what it leaves to the whole:
/// - an empty text: a refusal may follow, and then no check reads it;
/// - how an answer ends (`finished`), and a call's arguments where its name may still become that of another tool;
/// - confidence where `when_missing: accept` stands: a later null would accept the answer all the same.
///
/// The work has one budget for the whole answer, as large as that of `Judge.judge` and apart from it. Spent, it refutes
/// nothing more.
public struct PrefixJudge {
    private let judge: Judge
    private let context: JudgingContext
    private let dialect: Dialect
    private let maxTokens: Int?
    private var choices: [ChoiceWatch] = []
    private var budget = StepBudget()
    private var found: Refutation?

    /// - Parameters:
    ///   - dialect: of the model that writes the answer.
    ///   - maxTokens: the effective `max_tokens`, which bounds what a mean can still become; nil if nobody knows.
    public init(_ judge: Judge, context: JudgingContext, dialect: Dialect, maxTokens: Int?) {
        self.judge = judge
        self.context = context
        self.dialect = dialect
        self.maxTokens = maxTokens
    }

    /// Why the answer cannot be accepted any more; nil while it may. Once refuted it stays so.
    ///
    /// - Parameters:
    ///   - answer: so far; what an earlier call saw of it must still be there.
    ///   - position: of the choice to look at, in the answer's list.
    public mutating func refutation(
        of answer: CompletionAnswer,
        choice position: Int,
        scratch: JudgingScratch
    ) -> Refutation? {
        if let found { return found }
        precondition(answer.choices.indices.contains(position), "a prefix is judged of a choice that is there")
        while choices.count <= position {
            choices.append(ChoiceWatch(judge, echoed: context.echoedPromptCharacters, maxTokens: maxTokens))
        }
        // The worker's scratch serves many answers in turn; the purse is this one's.
        swap(&scratch.budget, &budget)
        defer { swap(&scratch.budget, &budget) }
        // Through a pointer: a choice holds a dozen references, and a copy would count each of them.
        answer.choices.withUnsafeBufferPointer { list in
            guard let first = list.baseAddress else { return }
            found = refutation(of: first + position, at: position, scratch)
        }
        return found
    }

    private mutating func refutation(
        of choice: UnsafePointer<Choice>,
        at position: Int,
        _ scratch: JudgingScratch
    ) -> Refutation? {
        if let (check, detail) = choices[position].refutedCheck(choice, judge, context, dialect, scratch) {
            return Refutation(
                reason: judge.failureReason(of: check),
                detail: detail,
                choice: position,
                consequence: .fallback
            )
        }
        if !choice.pointee.toolCalls.isEmpty,
            let objection = choices[position].refutedCall(choice.pointee.toolCalls, context.tools, scratch)
        {
            return Refutation(
                reason: objection.reason,
                detail: objection.detail,
                choice: position,
                consequence: .fallback
            )
        }
        guard let doubt = choices[position].score?.look(at: choice) else { return nil }
        return refutation(by: doubt, at: position)
    }

    /// A null decides by `when_missing`, and which of its two policies holds is known when no call can follow any more:
    /// only what both would say is said now.
    private func refutation(by doubt: PrefixScore.Doubt, at position: Int) -> Refutation? {
        guard let rule = judge.confidence else { return nil }
        let policies = rule.whenMissing
        let ofCalls = context.offersTools ? policies.tools : policies.text
        guard policies.text != .accept, ofCalls != .accept else { return nil }
        switch doubt {
        case .low(let best):
            let detail = "\(rule.scoreName) is at most \(best), below \(rule.threshold)"
            return Refutation(reason: .lowConfidence, detail: detail, choice: position, consequence: .fallback)
        case .missing:
            guard policies.text == ofCalls else { return nil }
            let detail = "\(rule.scoreName) cannot be had: no log-probabilities for every token of the answer"
            return Refutation(
                reason: .noLogprobs,
                detail: detail,
                choice: position,
                consequence: policies.text == .fail ? .error : .fallback
            )
        }
    }
}
