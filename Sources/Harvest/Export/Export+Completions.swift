// `{"prompt": "...", "completion": "..."}`, one object a line, for models that continue a text.
//
// The prompt is small's: it ends with the separator that its template ends with, and so will the prompts in service.
// The completion starts with a space (the tokenizer joins it to the word that follows) and ends with the stop sequence,
// so that the model learns to stop. Rules after the provider's own `prepare_data`.

import JSON

extension Export {
    /// Prompt and completion together, in characters: what fits the models' 2,048 tokens.
    private static let maximumCharacters = 10_000

    func completionsExample(_ candidate: Candidate, _ answer: TrainingAnswer) throws(ExportViolation) -> Example {
        func violation(_ rule: String, _ message: String) -> ExportViolation {
            ExportViolation(id: candidate.id, rule: rule, message: message)
        }
        let sent = smallPrompt(of: candidate)
        guard let prompt = sent?.string else {
            throw violation(
                "missing_prompt",
                sent?.array == nil
                    ? "no prompt of the small model is known: its route has no template for it"
                    : "the small model was sent messages: this is a record for \(ExportFormat.chat.rawValue)"
            )
        }
        guard let text = answer.text else {
            throw violation("missing_completion", "the answer is a tool call, which this format cannot say")
        }
        guard !prompt.isEmpty else { throw violation("missing_prompt", "the prompt is empty") }
        let stripped = text.drop { $0 == " " }
        guard !stripped.allSatisfy(\.isWhitespace) else {
            throw violation("empty_completion", "the answer is empty")
        }
        // What small is stopped by now, was stopped by then, or would have been by the client.
        let stop = options.prompts[candidate.route]?.stop ?? candidate.stop ?? candidate.requestedStop
        var completion = " " + stripped
        if let stop, !completion.hasSuffix(stop) { completion += stop }
        let characters = prompt.unicodeScalars.count + completion.unicodeScalars.count
        guard characters <= Self.maximumCharacters else {
            throw violation(
                "too_long",
                "prompt and completion have \(characters) characters; at most \(Self.maximumCharacters) fit"
            )
        }
        if let token = SpecialTokens.first(in: prompt) ?? SpecialTokens.first(in: completion) {
            throw violation("invalid_token", "the record contains \(token)")
        }
        var writer = JSONWriter(reserving: prompt.utf8.count + completion.utf8.count + 32)
        writer.beginObject()
        writer.name("prompt")
        writer.string(prompt)
        writer.name("completion")
        writer.string(completion)
        writer.endObject()
        return Example(
            id: candidate.id,
            line: writer.bytes,
            prompt: Array(prompt.utf8),
            completion: Array(completion.utf8),
            isReviewed: answer.isReviewed
        )
    }
}
