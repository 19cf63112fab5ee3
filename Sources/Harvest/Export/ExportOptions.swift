/// The line formats of fine-tuning services. A new one is one file, and one case here.
public enum ExportFormat: String, Sendable, CaseIterable {
    /// `{"messages": [...]}`
    case chat = "openai-chat"
    /// `{"prompt": "...", "completion": "..."}`
    case completions = "openai-completions"
}

/// What is to be in a training file, and how it is phrased.
public struct ExportOptions: Sendable {
    public var format: ExportFormat
    /// Nil: all routes.
    public var route: String?
    /// `new` ones are large's answers as nobody has looked at them.
    public var statuses: Set<Candidate.Status>
    /// The contract in force on each route, as hexadecimal digits: an answer to an older one is an answer to another
    /// question, and is left out, as is a route that is not here. Nil: whatever the contract.
    public var contracts: [String: String]?
    /// How each route phrases its input for the small model now. Where a route is not here, or cannot phrase a request,
    /// the prompt as it was sent stands.
    public var prompts: [String: SmallPrompt]
    /// Which share of the groups of near-identical inputs goes into a validation file: 0 to below 1.
    public var validation: Double
    /// Leave out what breaks a rule, instead of writing nothing.
    public var leavesOutInvalid: Bool
    /// What is measured with: `synthetic` keeps a fifth of the generated and given inputs out, too.
    public var holdout: Holdout.Kind
    /// Of the lines nobody reviewed, no client key supplies more than this share, while there are several keys: else
    /// whoever calls most decides what is learnt. Nil: as many as there are.
    public var mostOfOneClient: Double?
    /// Model answers that came again when asked again: of those nobody reviewed, only these are taken. Nil: all are.
    public var repeated: Set<CandidateID>?
    /// At most so many lines for training, a larger number having those of a smaller one among its own. Nil: all.
    public var most: Int?
    /// Lines stand in an order that their contents alone decide, and not in that of the candidates' ids: what was
    /// collected in another order, by several at once or after a kill, is the same file, and trains the same model.
    public var isOrderedByContent: Bool

    public static let exportable: Set<Candidate.Status> = [.new, .accepted, .edited]

    /// What these fall back for says that the input is none for the small model, or nothing about it: such an answer is
    /// trained on only if a person accepted it.
    static let untaught: Set<String> = ["rule", "client", "too_long"]

    public init(
        format: ExportFormat,
        route: String? = nil,
        statuses: Set<Candidate.Status> = Self.exportable,
        contracts: [String: String]? = nil,
        prompts: [String: SmallPrompt] = [:],
        validation: Double = 0,
        leavesOutInvalid: Bool = false,
        holdout: Holdout.Kind = .audited,
        mostOfOneClient: Double? = nil,
        repeated: Set<CandidateID>? = nil,
        most: Int? = nil,
        isOrderedByContent: Bool = false
    ) {
        self.format = format
        self.route = route
        self.statuses = statuses
        self.contracts = contracts
        self.prompts = prompts
        self.validation = validation
        self.leavesOutInvalid = leavesOutInvalid
        self.holdout = holdout
        self.mostOfOneClient = mostOfOneClient
        self.repeated = repeated
        self.most = most
        self.isOrderedByContent = isOrderedByContent
    }
}

/// A rule of the provider that is broken: by a record, or by the file as a whole.
public struct ExportViolation: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nil: the file.
    public var id: CandidateID?
    /// The provider's name for it, where it has one: `unrecognized_role`, `missing_content`, ...
    public var rule: String
    public var message: String

    public var description: String { "\(id.map { "\($0)" } ?? "the file"): \(rule): \(message)" }
}
