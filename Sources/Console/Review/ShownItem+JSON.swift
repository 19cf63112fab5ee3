import Harvest
import JSON
import Judgment
import Settings

extension ShownItem {
    /// The item as the page gets it. What is hidden is not there at all.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.string(candidate.id.description)
        writer.name("route")
        writer.string(candidate.route)
        writer.name("created_at")
        writer.string(candidate.createdAt.rfc3339)
        writer.name("source")
        writer.string(candidate.source.rawValue)
        writer.name("shape")
        writer.string(shape)
        writer.name("named")
        writer.bool(isNamed)
        writer.name("style")
        writer.string(style.rawValue)
        writer.name("labels")
        if let labels {
            writer.beginArray()
            for label in labels { writer.string(label) }
            writer.endArray()
        } else {
            writer.null()
        }
        writer.name("cluster")
        writer.number(clusterSize)
        writer.name("ask")
        writer.string(question.ask)
        writer.name("turns")
        writer.beginArray()
        for turn in question.turns { Self.write(turn, to: &writer) }
        writer.endArray()
        writer.name("sides")
        writer.beginArray()
        for side in sides { write(side, to: &writer) }
        writer.endArray()
        if isNamed, !isHoldout { writeWhy(to: &writer) }
        if let decided { write(decided, to: &writer) }
        writer.endObject()
    }

    static func write(_ turn: (role: String, text: String), to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("role")
        writer.string(turn.role)
        writer.name("text")
        writer.string(turn.text)
        writer.endObject()
    }

    private func write(_ side: Side, to writer: inout JSONWriter) {
        let answer = side.answer
        writer.beginObject()
        writer.name("text")
        writer.orNull(answer.text)
        writer.name("refusal")
        writer.orNull(answer.refusal)
        writer.name("calls")
        writer.beginArray()
        for call in answer.calls {
            writer.beginObject()
            writer.name("name")
            writer.string(call.name)
            writer.name("arguments")
            writer.string(call.arguments)
            writer.endObject()
        }
        writer.endArray()
        writer.name("choices")
        writer.number(answer.choices)
        if isNamed { writeNames(side, to: &writer) }
        writer.endObject()
    }

    /// What tells one model from the other.
    private func writeNames(_ side: Side, to writer: inout JSONWriter) {
        let answer = side.answer
        writer.name("role")
        writer.string(side.role.rawValue)
        writer.name("model")
        writer.string(answer.model)
        writer.name("finish")
        writer.orNull(answer.finish)
        writer.name("ms")
        writer.number(answer.milliseconds)
        writer.name("cost")
        if let cost = answer.cost { writer.number(cost) } else { writer.null() }
        writer.name("cut_at")
        if let cutAt = answer.cutAt { writer.number(cutAt) } else { writer.null() }
        writer.name("fails")
        if let failure = answer.failure {
            writer.beginObject()
            writer.name("check")
            writer.string(failure.check)
            writer.name("detail")
            writer.orNull(failure.detail)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.name("tokens")
        guard let tokens = answer.tokens, side.role == .small else { return writer.null() }
        writer.beginArray()
        for token in tokens {
            writer.beginArray()
            writer.string(token.text)
            if let logprob = token.logprob { writer.number(logprob) } else { writer.null() }
            writer.endArray()
        }
        writer.endArray()
    }

    private func writeWhy(to writer: inout JSONWriter) {
        writer.name("version")
        writer.orNull(candidate.version)
        writer.name("why")
        writer.beginObject()
        writer.name("reason")
        writer.string(candidate.reason)
        writer.name("detail")
        writer.orNull(candidate.detail)
        writer.name("score")
        if let score = candidate.score { writer.number(score) } else { writer.null() }
        writer.name("threshold")
        if let threshold = candidate.threshold { writer.number(threshold) } else { writer.null() }
        writer.name("score_name")
        writer.orNull(route?.confidence?.scoreName)
        writer.endObject()
    }

    private func write(_ event: DecisionEvent, to writer: inout JSONWriter) {
        writer.name("decided")
        writer.beginObject()
        writer.name("verb")
        writer.string(event.decision.verb.rawValue)
        writer.name("side")
        writer.orNull(event.decision.verb == .accept ? place(of: event.decision.choice ?? .large) : nil)
        writer.name("by")
        writer.orNull(event.decision.reviewer)
        writer.name("at")
        writer.string(event.at.rfc3339)
        writer.name("after_reveal")
        writer.bool(event.afterReveal)
        writer.endObject()
        writer.name("completion")
        writer.orNull(event.decision.completion)
    }
}

extension JSONWriter {
    mutating func orNull(_ text: String?) {
        if let text { string(text) } else { null() }
    }
}
