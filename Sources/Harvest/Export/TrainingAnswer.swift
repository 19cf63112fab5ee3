import JSON

/// What a model is to learn to answer: a reviewer's text, or large's answer.
struct TrainingAnswer {
    var text: String?
    /// A JSON array; nil where there are none.
    var toolCalls: JSONTree?
    var isReviewed: Bool

    /// Why there is none.
    struct Missing: Error {
        var why: Export.LeftOut
    }

    static func of(_ candidate: Candidate) -> Result<TrainingAnswer, Missing> {
        guard !candidate.isUncovered else { return .failure(Missing(why: .uncovered)) }
        let isReviewed = candidate.status == .accepted || candidate.status == .edited
        if let completion = candidate.completion {
            return .success(TrainingAnswer(text: completion, toolCalls: nil, isReviewed: isReviewed))
        }
        guard candidate.untrainable == nil else { return .failure(Missing(why: .untrainable)) }
        guard isReviewed || !ExportOptions.untaught.contains(candidate.reason) else {
            return .failure(Missing(why: .untaught))
        }
        guard let large = candidate.large, let answer = ChosenAnswer(large) else {
            return .failure(Missing(why: .noAnswer))
        }
        guard answer.refusal == nil else { return .failure(Missing(why: .refusal)) }
        guard !large.cut, answer.finishReason == "stop" || answer.finishReason == "tool_calls" else {
            return .failure(Missing(why: .unfinished))
        }
        guard answer.text != nil || answer.toolCalls != nil else { return .failure(Missing(why: .noAnswer)) }
        return .success(TrainingAnswer(text: answer.text, toolCalls: answer.toolCalls, isReviewed: isReviewed))
    }
}

extension Candidate {
    /// Small could not be asked it: there is no prompt to learn an answer to, whoever wrote that.
    var isUncovered: Bool { untrainable == "uncovered" || untrainable == "too_long" }

    /// The first stop sequence the client asked for.
    var requestedStop: String? {
        guard let stop = (try? JSONTree.parse(request))?["stop"] else { return nil }
        return stop.string ?? stop[0]?.string
    }
}

/// Tokens with a meaning to the model's own machinery: a training file that holds one is refused as a whole.
enum SpecialTokens {
    private static let known = [
        "<|endoftext|>", "<|endofprompt|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|im_start|>",
        "<|im_end|>", "<|im_sep|>",
    ]

    static func first(in text: String) -> String? {
        guard text.contains("<|") else { return nil }
        return known.first { text.contains($0) }
    }
}
