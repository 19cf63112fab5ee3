// What an evaluation knows of one input once everybody was asked. Figures are made from these and from nothing else, so
// that they can be checked by hand.

public import Digest

/// A call of a model as it was billed and as long as it took.
public struct MeasuredCall: Sendable, Equatable {
    /// US dollars; nil: no price, or usage unknown.
    public var cost: Double?
    public var promptTokens: Int?
    public var completionTokens: Int?
    /// Nil: it was answered in a batch, in the provider's own time.
    public var milliseconds: Double?

    public init(cost: Double?, promptTokens: Int? = nil, completionTokens: Int? = nil, milliseconds: Double?) {
        self.cost = cost
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.milliseconds = milliseconds
    }
}

/// What a small model answered, and what its route's judge makes of it, whatever the threshold.
public struct MeasuredSmall: Sendable, Equatable {
    /// What counts when answers are compared; nil: nothing (a refusal, an empty answer).
    public var text: String?
    /// Nothing but its confidence may speak against it.
    public var passes: Bool
    /// Nil: none could be computed, or the route has no confidence.
    public var score: Double?
    public var call: MeasuredCall

    public init(text: String?, passes: Bool, score: Double?, call: MeasuredCall) {
        self.text = text
        self.passes = passes
        self.score = score
        self.call = call
    }
}

public struct MeasuredItem: Sendable, Equatable {
    public var input: Digest32
    /// Nil: the provider would not answer it.
    public var small: MeasuredSmall?
    /// Large's answer that others are held against; nil: there is none, or it failed the checks.
    public var reference: String?
    /// Large, asked again just now.
    public var large: MeasuredCall?
    /// Whether that answer is as good as the reference; nil: one of the two is none.
    public var largeAgreesWithItself: Bool?
    /// Nil: without a reference. An answer that is none agrees with nothing.
    public var agreesWithLarge: Bool?
    /// 0 to 1; shown, decides nothing.
    public var similarity: Double?
    /// What a person says is right.
    public var label: String?
    /// They had seen no answer.
    public var isBlind: Bool
    public var smallAgreesWithLabel: Bool?
    public var largeAgreesWithLabel: Bool?
    /// The version in service would leave it to large; nil: there is none, or it was not asked.
    public var incumbentDefers: Bool?

    public init(
        input: Digest32,
        small: MeasuredSmall?,
        reference: String? = nil,
        large: MeasuredCall? = nil,
        largeAgreesWithItself: Bool? = nil,
        agreesWithLarge: Bool? = nil,
        similarity: Double? = nil,
        label: String? = nil,
        isBlind: Bool = false,
        smallAgreesWithLabel: Bool? = nil,
        largeAgreesWithLabel: Bool? = nil,
        incumbentDefers: Bool? = nil
    ) {
        self.input = input
        self.small = small
        self.reference = reference
        self.large = large
        self.largeAgreesWithItself = largeAgreesWithItself
        self.agreesWithLarge = agreesWithLarge
        self.similarity = similarity
        self.label = label
        self.isBlind = isBlind
        self.smallAgreesWithLabel = smallAgreesWithLabel
        self.largeAgreesWithLabel = largeAgreesWithLabel
        self.incumbentDefers = incumbentDefers
    }
}

/// What confidence lets through.
public enum Gate: Sendable, Equatable {
    /// The route has no confidence: what passes the checks is accepted.
    case open
    /// Scores from here on; an answer without a score only if `unscored`.
    case from(Double, unscored: Bool)
    /// A threshold was to be chosen, and none could be proven: nothing is accepted.
    case closed

    public func accepts(_ small: MeasuredSmall?) -> Bool {
        guard let small, small.passes else { return false }
        switch self {
        case .open: return true
        case .from(let threshold, let unscored): return small.score.map { $0 >= threshold } ?? unscored
        case .closed: return false
        }
    }

    public var threshold: Double? { if case .from(let threshold, _) = self { threshold } else { nil } }
}

/// What answers are held against.
public enum EvaluationReference: String, Sendable {
    case large
    /// What people said without having seen an answer.
    case label
}

extension MeasuredItem {
    /// Whether small's answer is as good as the reference; nil: there is none.
    func smallAgrees(with reference: EvaluationReference) -> Bool? {
        reference == .large ? agreesWithLarge : isBlind ? smallAgreesWithLabel : nil
    }

    /// Large's own answer agrees with itself: it is the one that the client gets.
    func largeAgrees(with reference: EvaluationReference) -> Bool? {
        reference == .large ? agreesWithLarge.map { _ in true } : isBlind ? largeAgreesWithLabel : nil
    }
}
