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
            if choice.raw.isEmpty {
                Self.write(choice, dialect: answer.dialect, to: &writer)
            } else {
                writer.raw(choice.raw)
            }
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

    /// A choice that was put together here (out of a stream's chunks) in the words of its dialect.
    private static func write(_ choice: Choice, dialect: Dialect, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("index")
        writer.number(choice.index)
        switch dialect {
        case .chat:
            writer.name("message")
            writer.beginObject()
            writer.name("role")
            writer.string("assistant")
            writer.name("content")
            if let text = choice.text { writer.string(text) } else { writer.null() }
            writer.name("refusal")
            if let refusal = choice.refusal { writer.string(refusal) } else { writer.null() }
            if !choice.toolCalls.isEmpty { write(choice.toolCalls, to: &writer) }
            writer.endObject()
        case .completions:
            writer.name("text")
            if let text = choice.text { writer.string(text) } else { writer.null() }
        }
        writer.name("logprobs")
        if let raw = choice.logprobs?.raw, !raw.isEmpty { writer.raw(raw) } else { writer.null() }
        writer.name("finish_reason")
        if let reason = choice.finishReason { writer.string(reason.text) } else { writer.null() }
        writer.endObject()
    }

    private static func write(_ calls: [ToolCall], to writer: inout JSONWriter) {
        writer.name("tool_calls")
        writer.beginArray()
        for call in calls {
            writer.beginObject()
            writer.name("id")
            writer.string(call.id)
            writer.name("type")
            writer.string("function")
            writer.name("function")
            writer.beginObject()
            writer.name("name")
            writer.string(call.name)
            writer.name("arguments")
            writer.string(call.arguments)
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
    }
}
