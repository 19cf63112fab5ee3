/// What the simulated provider's files, jobs and trained models do: whose models may be trained, how trained ones
/// behave, and what goes wrong on the way.
public struct TrainingScript: Sendable, Equatable {
    /// Base models that jobs may name. Those of pairs (prompt and completion) take no chats and the other way round, as
    /// at the provider; every other name takes both.
    public var bases: [String]
    /// How trained models answer: pace, faults, log-probabilities in place of their own. Its `answers` are what they
    /// learnt.
    public var model: ModelScript
    public var faults: [TrainingFault]

    public init(
        bases: [String] = Self.known,
        model: ModelScript = Self.quick,
        faults: [TrainingFault] = []
    ) {
        self.bases = bases
        self.model = model
        self.faults = faults
    }

    public static let known = pairsOnly + chatsOnly
    static let pairsOnly = ["babbage-002", "davinci-002"]
    static let chatsOnly = [
        "gpt-3.5-turbo", "gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06", "gpt-4.1-nano-2025-04-14",
        "gpt-4.1-mini-2025-04-14", "gpt-4.1-2025-04-14",
    ]

    /// As fast as the built-in small models.
    public static let quick = ModelScript(
        latency: .milliseconds(20),
        jitter: .milliseconds(10),
        perToken: .milliseconds(4)
    )
}

/// Something that goes wrong with files or jobs, and when. The trigger's `call` counts what it stands at: uploads, jobs
/// created, jobs looked at; its `contains` looks at the file's name or the job's request.
public struct TrainingFault: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// An upload, a job's creation, a look at a job is answered with this error; nothing is done.
        case status(Place, Int, retryAfter: String?, message: String?)
        /// An upload or a creation is done, and its answer lost: the connection is reset.
        case lost(Place)
        /// An uploaded file is not processed until it was looked at so often.
        case unprocessed(looks: Int)
        /// The job's file is found to be invalid; nil: in the words of an example without a role.
        case invalid(message: String?)
        /// The job fails after so many epochs.
        case breaks(afterEpoch: Int)
        /// The job stays queued, or goes on running, until it is cancelled.
        case staysQueued
        case neverEnds
        /// Each epoch takes so much longer.
        case slow(Duration)
    }

    public enum Place: String, Sendable, CaseIterable {
        case upload, create, retrieve
    }

    public var kind: Kind
    public var trigger: FaultTrigger

    public init(_ kind: Kind, _ trigger: FaultTrigger = FaultTrigger()) {
        self.kind = kind
        self.trigger = trigger
    }

    /// Where its trigger counts.
    var place: Place {
        switch kind {
        case .status(let place, _, _, _), .lost(let place): place
        case .unprocessed: .upload
        case .invalid, .breaks, .staysQueued, .neverEnds, .slow: .create
        }
    }
}
