import Completions
import HTTPClient
import Judgment
import Loop

/// One call of one model, and what came of it.
final class Attempt: Sendable {
    let model: ServedModel
    /// The body as sent.
    let sent: [UInt8]
    let result: Result<CompletionAnswer, AskProblem>
    let call: Asked.Call
    /// How many alternatives a token it was asked for.
    let alternatives: Int
    /// Tokens that had come when it was broken off, here or there: the answer is what had come by then. Nil: it is
    /// whole.
    let cutAt: Int?

    init(
        model: ServedModel,
        sent: [UInt8],
        result: Result<CompletionAnswer, AskProblem>,
        call: Asked.Call,
        alternatives: Int = 0,
        cutAt: Int? = nil
    ) {
        self.model = model
        self.sent = sent
        self.result = result
        self.call = call
        self.alternatives = alternatives
        self.cutAt = cutAt
    }

    /// The model that really answered: the provider's word, or ours where it gave none.
    var modelName: String {
        if case .success(let answer) = result, let name = answer.model { return String(decoding: name, as: UTF8.self) }
        return model.modelName
    }
}

/// A small answer that was judged: of one that was not accepted, what a fallback is compared with.
final class JudgedSmall {
    let attempt: Attempt
    let answer: CompletionAnswer
    let verdict: Verdict

    init(_ attempt: Attempt, _ answer: CompletionAnswer, _ verdict: Verdict) {
        self.attempt = attempt
        self.answer = answer
        self.verdict = verdict
    }

    /// Itself, where nothing but confidence spoke against the answer, and it is whole: it may still be given.
    var butForConfidence: JudgedSmall? { verdict.onlyConfidenceFailed && attempt.cutAt == nil ? self : nil }
}

/// Why a model gave no answer: as a verdict reason, and as the client would be told.
struct AskProblem: Error {
    let kind: VerdictReason.SmallError
    var error: APIError
    /// What happened in the words of those who saw it: for logs and for people at a terminal, not for clients.
    var detail: String?
    /// Our own deadline, or nobody waits any more: no other model is asked.
    var isFinal = false
    var isOutOfTime = false
    /// There is an answer, and it failed the checks of a route that gives no such answer.
    var isInvalid = false
}

extension AskProblem {
    /// The request cannot be put to this model at all; the client is told what does not carry over.
    init(_ invalid: InvalidRequest) {
        self.init(kind: .status400, error: APIError(invalid), isFinal: true)
    }

    init(_ malformed: MalformedAnswer, model: String) {
        self.init(
            kind: .malformed,
            error: .upstreamFailed("The model '\(model)' sent an answer that cannot be read."),
            detail: malformed.what
        )
    }

    /// What an event stream brought that is no answer.
    init(_ fault: StreamFault, model: String) {
        switch fault {
        case .malformed(let malformed): self.init(malformed, model: model)
        case .refused(let status, let message):
            self.init(status: status ?? 500, message: message, retryAfter: nil)
            detail = "an error in the middle of the stream" + (message.map { ": \($0)" } ?? "")
        case .cut: self.init(UpstreamError.Kind.reset, model: model)
        case .tooLarge: self.init(UpstreamError.Kind.tooLarge, model: model)
        }
    }

    init(_ failure: UpstreamError, model: String) {
        self.init(failure.kind, model: model)
        detail = failure.message
    }

    private init(_ failure: UpstreamError.Kind, model: String) {
        switch failure {
        case .connect: self.init(kind: .connect, error: .upstreamFailed("The model '\(model)' could not be reached."))
        case .tls: self.init(kind: .tls, error: .upstreamFailed("The model '\(model)' could not be reached over TLS."))
        case .connectTimeout:
            self.init(kind: .connectTimeout, error: .timedOut("The model '\(model)' did not answer in time."))
        case .firstToken: self.init(kind: .firstToken, error: .timedOut("The model '\(model)' did not answer in time."))
        case .betweenTokens:
            self.init(kind: .betweenTokens, error: .timedOut("The model '\(model)' did not answer in time."))
        case .total: self.init(kind: .total, error: .timedOut("The model '\(model)' did not answer in time."))
        case .deadline:
            self.init(
                kind: .total,
                error: .timedOut("The exchange's deadline passed before an answer was found."),
                isFinal: true,
                isOutOfTime: true
            )
        case .reset: self.init(kind: .reset, error: .upstreamFailed("The model '\(model)' broke off its answer."))
        case .malformed:
            self.init(kind: .malformed, error: .upstreamFailed("The model '\(model)' did not answer in HTTP."))
        case .tooLarge:
            self.init(kind: .tooLarge, error: .upstreamFailed("The model '\(model)' sent an answer that is too large."))
        case .busy: self.init(kind: .busy, error: .overloaded())
        case .cancelled: self.init(kind: .reset, error: .overloaded(), isFinal: true)
        }
    }

    /// The same, without our key in what a provider's words repeat.
    func withholding(_ key: String?) -> AskProblem {
        guard let key, !key.isEmpty else { return self }
        var problem = self
        problem.error.message = error.message.replacing(key, with: "***")
        problem.detail = detail?.replacing(key, with: "***")
        return problem
    }

    /// What providers say of keys may repeat a piece of ours.
    private static func detail(_ status: Int, _ message: String?) -> String {
        switch status {
        case 401, 403: "status \(status): the provider refuses the API key"
        default: "status \(status)" + (message.map { ": \($0)" } ?? "")
        }
    }

    /// An answer that says no. `message` is the provider's own, if it sent one.
    init(status: Int, message: String?, retryAfter: String?) {
        self.init(
            kind: VerdictReason.SmallError(status: status),
            error: .upstreamStatus(status, message: message, retryAfter: retryAfter),
            detail: Self.detail(status, message)
        )
    }
}
