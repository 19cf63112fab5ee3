import JSON

/// What training wants of an answer: the first choice's text, or its tool calls, and how it ended.
struct ChosenAnswer {
    var text: String?
    var refusal: String?
    /// The JSON array as the model sent it.
    var toolCalls: JSONTree?
    var finishReason: String?

    /// Reads the first of the answer's choices, of either dialect. Nil where there is none.
    init?(_ answer: Candidate.Answer) {
        guard let choice = try? JSONTree.parse(answer.choices)[0], choice.object != nil else { return nil }
        let message = choice["message"]
        text = message?["content"]?.string ?? choice["text"]?.string
        refusal = message?["refusal"]?.string
        if let calls = message?["tool_calls"], let list = calls.array, !list.isEmpty { toolCalls = calls }
        finishReason = choice["finish_reason"]?.string
    }
}
