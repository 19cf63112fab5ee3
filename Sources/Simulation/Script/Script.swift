/// What a simulated provider does: its models by name, who may ask, and the seed of everything that looks random.
///
/// One script and one seed give one behaviour: the n-th call of a model with the same input is always delayed,
/// answered, scored and broken in the same way, whatever other models did in between.
public struct Script: Sendable, Equatable {
    public var seed: UInt64
    /// Accepted bearer keys; empty: anyone may ask.
    public var apiKeys: [String]
    public var models: [String: ModelScript]
    public var training: TrainingScript

    public init(
        seed: UInt64 = 1,
        apiKeys: [String] = [],
        models: [String: ModelScript] = [:],
        training: TrainingScript = TrainingScript()
    ) {
        self.seed = seed
        self.apiKeys = apiKeys
        self.models = models
        self.training = training
    }
}

/// What one model does with a call.
public struct ModelScript: Sendable, Equatable {
    /// From the last byte of the request to the first of a stream; a whole answer waits for its tokens too.
    public var latency: Duration
    /// Up to this much more, drawn evenly per call.
    public var jitter: Duration
    /// What each token of the answer takes: token k of a stream comes k times this after its first byte.
    public var perToken: Duration
    /// Up to this much more for each token, drawn evenly.
    public var tokenJitter: Duration
    /// The first rule that matches the input answers; none: "ok".
    public var answers: [AnswerRule]
    public var logprobs: LogprobScript
    /// Every fault whose trigger fires changes the reply, in this order.
    public var faults: [ScriptedFault]
    /// Completions begin with a space, as those of models do that were fine-tuned on pairs (chat answers never do).
    public var leadingSpace: Bool
    /// `text_offset` counts from the beginning of the prompt (OpenAI) or of the answer (some servers).
    public var offsetsFromPrompt: Bool
    public var stream: StreamScript
    /// The day on which the provider will shut it down, as it announces it: `2027-01-06`.
    public var shutdownDate: String?
    /// What a job taught it: it answers where no rule does.
    var learnt: TrainedModel?

    public init(
        latency: Duration = .zero,
        jitter: Duration = .zero,
        perToken: Duration = .zero,
        tokenJitter: Duration = .zero,
        answers: [AnswerRule] = [],
        logprobs: LogprobScript = LogprobScript(),
        faults: [ScriptedFault] = [],
        leadingSpace: Bool = false,
        offsetsFromPrompt: Bool = true,
        stream: StreamScript = StreamScript(),
        shutdownDate: String? = nil
    ) {
        self.latency = latency
        self.jitter = jitter
        self.perToken = perToken
        self.tokenJitter = tokenJitter
        self.answers = answers
        self.logprobs = logprobs
        self.faults = faults
        self.leadingSpace = leadingSpace
        self.offsetsFromPrompt = offsetsFromPrompt
        self.stream = stream
        self.shutdownDate = shutdownDate
    }

    /// A model that always says the same.
    public init(says text: String, logprob: Double = -0.05, latency: Duration = .zero, faults: [ScriptedFault] = []) {
        self.init(
            latency: latency,
            answers: [AnswerRule(reply: .texts([text]))],
            logprobs: LogprobScript(base: .fixed(logprob)),
            faults: faults
        )
    }
}
