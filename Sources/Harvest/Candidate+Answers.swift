// From our words for an answer to the form a candidate keeps.

public import Completions
import JSON

extension Candidate.Answer {
    /// Keeps an answer: its choices and usage exactly as the model sent them, where there is such a thing.
    /// - Parameters:
    ///   - model: the name sent to the provider.
    ///   - cost: USD, nil if unknown.
    ///   - milliseconds: from our call to the answer's end.
    public init(
        _ answer: CompletionAnswer,
        model: String,
        cost: Double?,
        milliseconds: Double,
        cut: Bool = false,
        cutAt: Int? = nil
    ) {
        var writer = JSONWriter(reserving: answer.choices.reduce(64) { $0 + $1.raw.count + 1 })
        writer.beginArray()
        for choice in answer.choices {
            // Without raw it was put together here, out of a stream's chunks.
            writer.raw(choice.raw.isEmpty ? choice.encode(in: answer.dialect)[...] : choice.raw)
        }
        writer.endArray()
        self.init(
            model: model,
            choices: writer.bytes,
            usage: answer.usage.flatMap { $0.raw.isEmpty ? nil : Array($0.raw) },
            cost: cost,
            milliseconds: milliseconds,
            cut: cut,
            cutAt: cutAt
        )
    }
}
