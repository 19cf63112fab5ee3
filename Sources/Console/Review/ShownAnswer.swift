import Completions
import Harvest
import JSON
import Judgment

/// One model's answer as a reviewer reads it, taken out of the JSON it was kept in.
struct ShownAnswer: Sendable {
    /// Why it cannot go into the data set as it is.
    struct Failure: Sendable, Equatable {
        /// The check, or `refusal`, `cut`, `unreadable`.
        var check: String
        var detail: String?
    }

    let model: String
    /// The first choice's text, without the one space that completions begin with; nil where it has none (tool calls).
    var text: String?
    var refusal: String?
    var calls: [(name: String, arguments: String)] = []
    var finish: String?
    var choices = 0
    /// Tokens of the text with their log-probabilities; nil where none came.
    var tokens: [(text: String, logprob: Double?)]?
    var failure: Failure?
    let milliseconds: Double
    let cost: Double?
    let cutAt: Int?

    /// - Parameter checks: those of the route as it is now; none where the route is gone.
    init(_ kept: Candidate.Answer, checks: [any FormatCheck]) {
        model = kept.model
        milliseconds = kept.milliseconds
        cost = kept.cost
        cutAt = kept.cut ? kept.cutAt ?? 0 : nil
        guard let answer = Self.read(kept.choices), let choice = answer.choices.first else {
            text = String(decoding: kept.choices, as: UTF8.self)
            failure =
                kept.cut
                ? Failure(check: "cut") : Failure(check: "unreadable", detail: "it is not what an answer looks like")
            return
        }
        choices = answer.choices.count
        finish = choice.finishReason?.text
        refusal = choice.refusal.map { String(decoding: $0, as: UTF8.self) }
        calls = choice.toolCalls.map {
            (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.arguments, as: UTF8.self))
        }
        // One space at the beginning of a completion is the wire's, and would tell on its model: chat has none.
        let leading = answer.dialect == .completions && choice.text?.first == UInt8(ascii: " ") ? 1 : 0
        text = choice.text.map { String(decoding: $0.dropFirst(leading), as: UTF8.self) }
        tokens = choice.logprobs.map { Self.tokens($0, without: leading) }
        failure = kept.cut ? Failure(check: "cut") : Self.failure(of: answer, checks)
    }

    /// The choices were kept as the model sent them, in its own dialect, which shows.
    private static func read(_ choices: [UInt8]) -> CompletionAnswer? {
        let body = Array(#"{"choices":"#.utf8) + choices + [UInt8(ascii: "}")]
        let parser = JSONParser()
        return (try? CompletionAnswer.read(body, dialect: .chat, parser: parser))
            ?? (try? CompletionAnswer.read(body, dialect: .completions, parser: parser))
    }

    private static func failure(of answer: CompletionAnswer, _ checks: [any FormatCheck]) -> Failure? {
        let verdict = Judge(checks: checks, onRefusal: .fallback)
            .judge(answer, context: JudgingContext(clientSpeaksChat: true))
        guard !verdict.accepted else { return nil }
        let reason = verdict.reason.rawValue
        return Failure(
            check: reason.hasPrefix("format.") ? String(reason.dropFirst(7)) : reason,
            detail: verdict.detail
        )
    }

    /// Tokens may end inside a character; such go together with the next, as unsure as the less sure of them.
    private static func tokens(_ logprobs: TokenLogprobs, without leading: Int) -> [(text: String, logprob: Double?)] {
        var found: [(text: String, logprob: Double?)] = []
        var start = leading
        var least: Double? = 0
        for index in 0..<logprobs.count {
            let range = logprobs.range(of: index)
            let logprob = logprobs.logprobs[index]
            if logprob.isNaN { least = nil } else { least = least.map { min($0, logprob) } }
            guard range.upperBound > start else { continue }
            let bytes = logprobs.tokenBytes[start..<range.upperBound]
            let isLast = index == logprobs.count - 1
            guard isLast || String(validating: bytes, as: UTF8.self) != nil else { continue }
            found.append((String(decoding: bytes, as: UTF8.self), least))
            start = range.upperBound
            least = 0
        }
        return found
    }
}
