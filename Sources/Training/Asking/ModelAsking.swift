public import Completions
public import Harvest
public import Judgment
public import Settings

/// Whoever can put a question to the models of one route: the `Asker`, or a test's own.
///
/// The same question with the same `sample` is the same question: it is paid once, however often it is asked, also by
/// the next run of a command that was killed. Who wants a second opinion asks with another `sample`.
public protocol ModelAsking: Sendable {
    /// Asks the route's model in that role what a client asked, phrased and with the parameters as the route has it.
    /// - Parameter request: the client's JSON object, of either dialect.
    /// - Throws: `AskFailure`.
    func ask(_ request: [UInt8], as role: ModelRole, sample: Int) async throws -> AskedAnswer

    /// Asks the large model freely, as a judge or for topics: without the route's prompt, parameters and checks.
    /// - Throws: `AskFailure`.
    func ask(system: String, user: String, sample: Int) async throws -> AskedAnswer
}

/// What a model answered.
public struct AskedAnswer: Sendable {
    /// As it was read: choices with their tokens' log-probabilities, usage.
    public let answer: CompletionAnswer
    /// By the route's checks, and for small by its confidence rule; a free question's answer is only looked at for a
    /// refusal.
    public let verdict: Verdict
    /// The name sent to the provider.
    public let model: String
    /// The prompt as it was sent, a JSON value: a text, or the messages of a chat.
    public let prompt: [UInt8]
    /// US dollars; nil where the model has no price or the usage is unknown.
    public let cost: Double?
    /// From our call to the end of the answer, as it took when it was paid; nil: a batch has answered it.
    public let milliseconds: Double?
    /// It was paid before, and read from the journal.
    public let isRemembered: Bool

    public init(
        answer: CompletionAnswer,
        verdict: Verdict,
        model: String,
        prompt: [UInt8] = [],
        cost: Double?,
        milliseconds: Double?,
        isRemembered: Bool = false
    ) {
        self.answer = answer
        self.verdict = verdict
        self.model = model
        self.prompt = prompt
        self.cost = cost
        self.milliseconds = milliseconds
        self.isRemembered = isRemembered
    }

    /// The first choice's text, decoded; empty where there is none.
    public var text: [UInt8] { answer.choices.first?.text ?? [] }
    public var logprobs: TokenLogprobs? { answer.choices.first?.logprobs }
    public var promptTokens: Int? { answer.usage?.promptTokens }
    public var completionTokens: Int? { answer.usage?.completionTokens }

    /// The form in which a candidate keeps it: `choices` and `usage` as JSON.
    public var kept: Candidate.Answer {
        Candidate.Answer(answer, model: model, cost: cost, milliseconds: milliseconds ?? 0)
    }
}

/// Why a question has no answer.
public enum AskFailure: Error, Sendable, CustomStringConvertible {
    /// The request is none, or does not carry over to the model.
    case unaskable(InvalidRequest)
    /// The role is played by nobody: the route has no small model, or one that is not trained yet.
    case noModel(ModelRole)
    /// The provider will not answer this one, in its own words: asking again is no use.
    case refused(status: Int, message: String)
    /// No answer after several attempts: what the last one came to. Another time it may go.
    case unavailable(String)
    case overBudget(OverBudget)
    /// The journal cannot be written, and an answer that is not remembered would be paid twice.
    case journal(String)

    public var description: String {
        switch self {
        case .unaskable(let invalid): (invalid.param.map { "\($0): " } ?? "") + invalid.message
        case .noModel(let role): "the route has no trained \(role.rawValue) model"
        case .refused(let status, let message): "the provider refuses: status \(status), \(message)"
        case .unavailable(let message): message
        case .overBudget(let over): "\(over)"
        case .journal(let message): "the journal of paid answers: \(message)"
        }
    }

    /// Whoever asks another question now will hear the same.
    public var isFinal: Bool {
        switch self {
        // A 429 is refused only where what is missing is money.
        case .refused(let status, _): [401, 402, 403, 404, 429].contains(status)
        case .noModel, .overBudget, .journal: true
        case .unaskable, .unavailable: false
        }
    }
}
