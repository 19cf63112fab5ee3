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

    /// The first call whose arguments cannot become a JSON object.
    mutating func refutedCall(_ list: [ToolCall], _ scratch: JudgingScratch) -> ToolCallJudge.Objection? {
        while calls.count < list.count { calls.append(CallWatch()) }
        for index in list.indices where list[index].arguments.count > calls[index].taken {
            guard let objection = calls[index].take(list[index].arguments, scratch) else { continue }
            let name = String(decoding: list[index].name, as: UTF8.self)
            return ToolCallJudge.Objection(reason: objection.reason, detail: "\(name): \(objection.detail)")
        }
        return nil
    }
}

/// What has been seen of a call's arguments.
private struct CallWatch {
    private(set) var taken = 0
    private var run = JSONCheck().begin()
    private var isObject = false

    mutating func take(_ arguments: [UInt8], _ scratch: JudgingScratch) -> ToolCallJudge.Objection? {
        arguments.withUnsafeBufferPointer { whole in
            let piece = TextBytes(rebasing: whole[taken...])
            taken = whole.count
            run.take(piece, scratch: scratch)
            if case .fail(let detail) = run.viability(whole, scratch: scratch) { return .notJSON(detail) }
            if !isObject, let first = piece.first(where: { $0 > 0x20 }) {
                guard first == UInt8(ascii: "{") else { return .notAnObject(whole) }
                isObject = true
            }
            return nil
        }
    }
}
