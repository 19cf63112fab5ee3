import Completions

/// What has been seen of one choice while it arrives: the runs of the checks, and how far they have read.
struct ChoiceWatch {
    private var runs: [any CheckRun]
    /// Where the judged text begins; nil until it is known.
    private var start: Int?
    /// Bytes of the text that the runs have taken.
    private var taken = 0
    private var calls: [CallWatch] = []
    var score: PrefixScore?

    init(_ judge: Judge, echoed: Int, maxTokens: Int?) {
        runs = judge.checks.map { $0.begin() }
        score = judge.confidence.map { PrefixScore($0, echoed: echoed, maxTokens: maxTokens) }
    }

    /// The first check that no continuation can satisfy, and its words.
    mutating func refutedCheck(
        _ choice: UnsafePointer<Choice>,
        _ judge: Judge,
        _ context: JudgingContext,
        _ dialect: Dialect,
        _ scratch: JudgingScratch
    ) -> (Int, String)? {
        guard let text = choice.pointee.text, text.count > taken else { return nil }
        return text.withUnsafeBufferPointer { whole in
            if start == nil {
                start = judge.answerStart(in: whole, dialect, context)
                taken = start ?? 0
            }
            guard let start, taken < whole.count else { return nil }
            let piece = TextBytes(rebasing: whole[taken...])
            let soFar = TextBytes(rebasing: whole[start...])
            taken = whole.count
            for index in runs.indices {
                runs[index].take(piece, scratch: scratch)
                if case .fail(let detail) = runs[index].viability(soFar, scratch: scratch) { return (index, detail) }
            }
            return nil
        }
    }

    /// The first call that its tool could not read, whatever arguments still come.
    mutating func refutedCall(
        _ list: [ToolCall],
        _ tools: [ToolDefinition]?,
        _ scratch: JudgingScratch
    ) -> ToolCallJudge.Objection? {
        while calls.count < list.count { calls.append(CallWatch()) }
        for index in list.indices where list[index].arguments.count > calls[index].taken {
            guard let objection = calls[index].take(list[index], tools, scratch) else { continue }
            let name = String(decoding: list[index].name, as: UTF8.self)
            return ToolCallJudge.Objection(reason: objection.reason, detail: "\(name): \(objection.detail)")
        }
        return nil
    }
}
