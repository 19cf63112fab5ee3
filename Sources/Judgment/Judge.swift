public import Completions

/// What to do with a refusal of the model.
public enum RefusalPolicy: String, Sendable, CaseIterable {
    /// It is an answer: given without checks, and not cached.
    case answer
    /// Another model is asked.
    case fallback
}

/// Judges answers on one route. Immutable, shared by all workers.
///
/// The order is refusal, then the checks as listed, then confidence (CONTRACTS section 3). Every choice of `n` must
/// pass; confidence is the least of them; the reason is that of the lowest failing choice.
///
/// What is judged, by what a choice holds:
///
/// | choice | judged |
/// | --- | --- |
/// | `refusal` and no text | the policy alone |
/// | text | checks, confidence |
/// | tool calls | `finished`, every call's arguments (`ToolCallJudge`), confidence under `when_missing.tools` |
/// | text, and calls or a refusal too | the text as any: it may be refuted before the other is seen |
/// | nothing | checks over an empty text; no token, so `no_logprobs` |
public struct Judge: Sendable {
    /// More checks than this are refused when a route is loaded.
    public static let maximumChecks = 32

    public let checks: [any FormatCheck]
    public let confidence: ConfidenceRule?
    public let onRefusal: RefusalPolicy
    /// Per check: its `format.` reasons, and whether it reads the ending rather than the text.
    private let reasons: [Reasons]

    private struct Reasons: Sendable {
        let failed: VerdictReason
        let limit: VerdictReason
        let readsText: Bool
    }

    /// - Precondition: at most ``maximumChecks`` checks.
    public init(checks: [any FormatCheck] = [], confidence: ConfidenceRule? = nil, onRefusal: RefusalPolicy = .answer) {
        precondition(checks.count <= Self.maximumChecks, "a judge holds at most \(Self.maximumChecks) checks")
        self.checks = checks
        self.confidence = confidence
        self.onRefusal = onRefusal
        reasons = checks.map {
            let position = KnownChecks.position($0)
            return Reasons(
                failed: .format(position),
                limit: .formatLimit(position),
                readsText: !($0 is FinishedCheck)
            )
        }
    }

    /// Judges a whole answer.
    /// - Parameter scratch: the worker's own; a fresh one costs a few allocations.
    public func judge(
        _ answer: CompletionAnswer,
        context: JudgingContext,
        scratch: JudgingScratch = JudgingScratch()
    ) -> Verdict {
        scratch.beginAnswer()
        var findings = Findings(checks: checks.count)
        if answer.choices.count < context.choices {
            let detail = "the answer has \(answer.choices.count) of \(context.choices) choices"
            findings.fail(.smallError(.malformed), detail, choice: nil)
        }
        // Through pointers: a choice holds a dozen references, and a copy would count each of them.
        answer.choices.withUnsafeBufferPointer { choices in
            guard let first = choices.baseAddress else { return }
            for position in choices.indices {
                judge(first + position, at: position, answer.dialect, context, scratch, &findings)
                // Only the checks of later choices may still matter once confidence alone has failed.
                if findings.formatFailed { break }
            }
        }
        return findings.verdict(confidence)
    }

    private func judge(
        _ choice: UnsafePointer<Choice>,
        at position: Int,
        _ dialect: Dialect,
        _ context: JudgingContext,
        _ scratch: JudgingScratch,
        _ findings: inout Findings
    ) {
        if choice.pointee.isRefusal {
            findings.refused = true
            if onRefusal == .fallback {
                findings.fail(.refusal, "the model refused", choice: position)
            }
            return
        }
        guard judgeFormat(choice, at: position, dialect, context, scratch, &findings) else { return }
        if !choice.pointee.toolCalls.isEmpty,
            let objection = ToolCallJudge.judge(choice.pointee.toolCalls, offered: context.tools, scratch: scratch)
        {
            findings.fail(objection.reason, objection.detail, choice: position)
            return
        }
        judgeConfidence(choice, at: position, context, &findings)
    }

    private func judgeFormat(
        _ choice: UnsafePointer<Choice>,
        at position: Int,
        _ dialect: Dialect,
        _ context: JudgingContext,
        _ scratch: JudgingScratch,
        _ findings: inout Findings
    ) -> Bool {
        let text = choice.pointee.text ?? []
        let hasText = !text.isEmpty || choice.pointee.toolCalls.isEmpty
        return text.withUnsafeBufferPointer { whole in
            let start = answerStart(in: whole, dialect, context) ?? whole.count
            let judged = TextBytes(rebasing: whole[start...])
            for index in checks.indices where hasText || !reasons[index].readsText {
                let ruling = checks[index].judge(judged, ending: choice.pointee.finishReason, scratch: scratch)
                switch ruling {
                case .pass:
                    findings.outcomes.record(index, passed: true)
                case .fail(let detail):
                    findings.outcomes.record(index, passed: false)
                    findings.fail(reasons[index].failed, detail, choice: position)
                    return false
                case .limit(let detail):
                    findings.outcomes.record(index, passed: false)
                    findings.fail(reasons[index].limit, detail, choice: position)
                    return false
                }
            }
            return true
        }
    }

    /// Where the judged text begins: after an echoed prompt, and after a completion's one leading space. Nil while the
    /// text is too short to tell.
    func answerStart(in text: TextBytes, _ dialect: Dialect, _ context: JudgingContext) -> Int? {
        var start = 0
        var scalars = context.echoedPromptCharacters
        while scalars > 0 || start < text.count && text[start] & 0xC0 == 0x80 {
            guard start < text.count else { return nil }
            if text[start] & 0xC0 != 0x80 { scalars -= 1 }
            start += 1
        }
        // Of the prompt's last character there may be more to come.
        if start > 0, start == text.count { return nil }
        guard dialect == .completions, context.clientSpeaksChat else { return start }
        guard start < text.count else { return nil }
        return text[start] == 0x20 ? start + 1 : start
    }

    /// The reason for a failure of the check at this position.
    func failureReason(of check: Int) -> VerdictReason { reasons[check].failed }

    private func judgeConfidence(
        _ choice: UnsafePointer<Choice>,
        at position: Int,
        _ context: JudgingContext,
        _ findings: inout Findings
    ) {
        guard let rule = confidence else { return }
        var score: Double?
        if let logprobs = choice.pointee.logprobs, logprobs.count > 0 {
            score = Scoring.with(
                logprobs,
                text: choice.pointee.text ?? [],
                hasCalls: !choice.pointee.toolCalls.isEmpty,
                echoedPromptCharacters: context.echoedPromptCharacters,
                over: rule.over
            ) { $0.score(rule.score, quantile: rule.quantile) }
        }
        if let score {
            findings.leastScore = min(findings.leastScore ?? .infinity, score)
            if score < rule.threshold { findings.fail(.lowConfidence, nil, choice: position) }
            return
        }
        findings.lacksScore = true
        switch choice.pointee.toolCalls.isEmpty || !context.offersTools ? rule.whenMissing.text : rule.whenMissing.tools
        {
        case .accept: break
        case .fallback: findings.fail(.noLogprobs, nil, choice: position)
        case .fail: findings.fail(.noLogprobs, nil, choice: position, consequence: .error)
        }
    }
}

extension Choice {
    /// The model said that it will not answer, and nothing else.
    var isRefusal: Bool {
        refusal?.isEmpty == false && (text ?? []).isEmpty
    }
}

/// What judging has found so far; the first failure decides.
private struct Findings {
    var outcomes: CheckOutcomes
    var refused = false
    var leastScore: Double?
    var lacksScore = false
    /// Something other than confidence failed.
    var formatFailed = false
    private var reason = VerdictReason.accept
    private var consequence = Verdict.Consequence.give
    private var detail: String?
    private var failedChoice: Int?

    init(checks: Int) {
        outcomes = CheckOutcomes(count: checks)
    }

    mutating func fail(
        _ reason: VerdictReason,
        _ detail: String?,
        choice: Int?,
        consequence: Verdict.Consequence = .fallback
    ) {
        if reason != .lowConfidence, reason != .noLogprobs { formatFailed = true }
        guard self.reason == .accept else { return }
        self.reason = reason
        self.consequence = consequence
        self.detail = detail
        failedChoice = choice
    }

    func verdict(_ rule: ConfidenceRule?) -> Verdict {
        var detail = detail
        if reason == .lowConfidence, let rule, let leastScore {
            detail = "\(rule.scoreName) \(leastScore) is below \(rule.threshold)"
        } else if reason == .noLogprobs, let rule {
            detail = "\(rule.scoreName) cannot be had: no log-probabilities for every token of the answer"
        }
        return Verdict(
            reason: reason,
            consequence: consequence,
            detail: detail,
            score: lacksScore ? nil : leastScore,
            failedChoice: failedChoice,
            checks: outcomes,
            refused: refused,
            onlyConfidenceFailed: reason == .lowConfidence && !formatFailed
        )
    }
}
