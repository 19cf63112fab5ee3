public import Completions
public import Digest
public import Judgment

/// May an exchange become a candidate?
public enum HarvestPolicy: String, Sendable, Hashable, CaseIterable {
    case always
    /// Only with `store: true`.
    case optIn = "opt_in"
    case never

    /// The stricter of two: route and key both have a say.
    public func stricter(_ other: HarvestPolicy?) -> HarvestPolicy {
        guard let other else { return self }
        return self == .never || other == .never ? .never : self == .optIn ? self : other
    }
}

/// One entry of `routes:` — a named job.
public final class RouteSettings: Sendable {
    /// What happens when large's answer fails the checks.
    public enum OnLargeInvalid: String, Sendable, Hashable, CaseIterable { case answer, error }

    /// What happens when large gives no answer: small's, if only its confidence failed, or the error.
    public enum OnLargeError: String, Sendable, Hashable, CaseIterable { case small, error }

    /// What the bar for going live is measured on.
    public enum Requirement: String, Sendable, Hashable, CaseIterable {
        /// The answers that the threshold accepts.
        case accepted
        /// All of small's.
        case small
    }

    /// What answers when small was trained for another contract than the one in force.
    public enum OnStaleSmall: String, Sendable, Hashable, CaseIterable {
        /// Small goes on, and it is said.
        case keep
        case large
    }

    /// A ceiling on what large may cost.
    public struct Spend: Sendable, Hashable {
        public enum WhenOver: String, Sendable, Hashable, CaseIterable { case small, error }
        /// US dollars.
        public let large: Double
        public let per: Duration
        public let whenOver: WhenOver
    }

    public struct Caching: Sendable, Hashable {
        public enum Scope: String, Sendable, Hashable, CaseIterable {
            /// One answer for all clients of the route.
            case route
            /// Answers are not shared between client keys.
            case key
            case none
        }
        /// Zero: nothing is stored.
        public let ttl: Duration
        public let scope: Scope
    }

    /// How much of the route's candidates the store keeps; what goes first is the store's to say (`Harvest.Keeping`).
    public struct Keep: Sendable, Hashable {
        /// nil: however old.
        public let age: Duration?
        /// Bytes; nil: however much.
        public let size: Int?
    }

    /// The entry's key; what clients write in `model`.
    public let name: String
    /// nil: large answers everything. It may be not trained yet: ``ModelSettings/isTrained``.
    public let small: ModelSettings?
    public let large: ModelSettings
    public let prompts: RolePrompts
    public let parameters: RoleParameters
    /// Checks and confidence, compiled.
    public let judge: Judge
    /// The checks' names as listed.
    public let checks: [String]
    public let confidence: ConfidenceRule?
    /// `threshold: auto`: each version brings the one that its evaluation chose.
    public let isThresholdAuto: Bool
    public let onRefusal: RefusalPolicy
    public let onLargeInvalid: OnLargeInvalid
    public let onLargeError: OnLargeError
    public let spend: Spend?
    public let harvest: HarvestPolicy
    /// nil: all of them.
    public let keep: Keep?
    /// nil: not said, and then nobody knows how many examples are enough.
    public let kind: RouteKind?
    /// What must not be kept of its texts; nil: everything may be.
    public let redactor: Redactor?
    public let caching: Caching
    /// Whether small is asked to stream, judged at every token and cancelled as soon as it cannot pass.
    public let earlyAbort: Bool
    /// How much of it is judged before a client that streams sees any.
    public let hold: Hold
    /// nil: large never starts beside small.
    public let hedge: HedgeSettings?
    /// Of the answers that cannot pass any more, 0 to 1: so many are read to their end all the same.
    public let letRun: Double
    /// Of all exchanges that are judged, 0 to 1: so many are drawn, and whichever answer is missing is asked for.
    public let audit: Double
    /// Whether two answers are as good as each other.
    public let comparator: any Comparator
    /// Its name.
    public let compare: String
    /// nil: nobody trains small models for it from here.
    public let training: TrainingSettings?
    public let require: Requirement
    /// nil: a version that is promoted has all the traffic at once.
    public let canary: CanarySettings?
    public let onStaleSmall: OnStaleSmall
    /// In the file's order; the first that matches decides.
    public let rules: [Rule]
    /// Digest of the contract (DESIGN section 2): large prompt, large model, checks with their schema files,
    /// comparator.
    public let contractDigest: Digest32
    /// ``contractDigest`` as 64 hexadecimal digits.
    public let contract: String

    /// What small is asked about its tokens: `margin` needs the second best.
    public var smallLogprobs: LogprobsAsk {
        .top(confidence?.score == .margin ? 2 : 0)
    }

    /// How a model is asked in that role, log-probabilities and streaming aside.
    public func target(for model: ModelSettings, as role: ModelRole) -> UpstreamTarget {
        UpstreamTarget(
            dialect: model.api,
            modelName: model.model ?? "",
            prompt: prompts.template(for: role),
            ignored: prompts.ignored,
            parameters: parameters.parameters(for: role),
            context: model.contextLimit
        )
    }

    /// - Returns: nil when there is no large model to speak of; reported.
    init?(_ name: String, _ fields: Fields, models: [String: ModelSettings], scope: Caching.Scope, ttl: Duration) {
        self.name = name
        small = fields.model("small", among: models)
        let large = Self.large(fields, models)
        prompts = RolePrompts(fields)
        parameters = RoleParameters(fields)
        let checks = CheckList(fields)
        self.checks = checks.names
        confidence = fields.optionalSection("confidence") { ConfidenceRule($0) } ?? nil
        isThresholdAuto = confidence?.threshold == .infinity
        onRefusal = fields.word("on_refusal", default: .answer)
        judge = Judge(checks: checks.checks, confidence: confidence, onRefusal: onRefusal)
        onLargeInvalid = fields.word("on_large_invalid", default: .answer)
        onLargeError = fields.word("on_large_error", default: .small)
        spend = Self.spend(fields, large)
        harvest = fields.word("harvest", default: .always)
        keep = fields.optionalSection("keep") { fields in
            Keep(
                age: fields.duration("age"),
                size: fields.value("size") == nil ? nil : fields.size("size", default: 10 << 30, in: 1 << 20...(.max))
            )
        }
        kind = fields.word("kind", of: RouteKind.self)
        redactor = fields.redactor("redact")
        caching = fields.section("cache") { fields in
            Caching(
                ttl: fields.duration("ttl", default: ttl, zero: true),
                scope: fields.word("scope", default: scope)
            )
        }
        earlyAbort = fields.flag("early_abort")
        hold = fields.hold("hold")
        hedge = fields.hedge("hedge")
        letRun = fields.share("let_run", default: 0.05)
        audit = fields.share("audit", default: 0)
        let comparing = Comparing(fields, grammar: checks.grammar)
        comparator = comparing.comparator
        compare = comparing.name
        training = fields.optionalSection("training") { TrainingSettings($0) } ?? nil
        require = fields.word("require", default: .accepted)
        canary = fields.optionalSection("canary") { CanarySettings($0) }
        onStaleSmall = fields.word("on_stale_small", default: .keep)
        rules = Rule.list(fields, models)
        Self.noteNothingAudited(fields, audit, small, harvest)
        Self.noteNoRoom(fields, "small", small, parameters.small)
        if let small, small.api == .completions, large?.api == .chat, prompts.small == nil,
            let node = fields.value("small")
        {
            let message = "'\(small.name)' takes prompts: without 'prompt.small', messages of chats are left to large"
            fields.reading.problems.note(node.place, key: node.key, message)
        }
        guard let large else { return nil }
        Self.noteNoRoom(fields, "large", large, parameters.large)
        self.large = large
        contractDigest = Self.contract(large, prompts, checks, comparing)
        contract = contractDigest.hex
    }

    /// The same route with another small model in its place, and with the threshold of that where the file leaves it to
    /// versions.
    init(_ route: RouteSettings, small: ModelSettings, threshold: Double?) {
        name = route.name
        self.small = small
        large = route.large
        prompts = route.prompts
        parameters = route.parameters
        checks = route.checks
        var confidence = route.confidence
        if route.isThresholdAuto { confidence?.threshold = threshold ?? .infinity }
        self.confidence = confidence
        isThresholdAuto = route.isThresholdAuto
        onRefusal = route.onRefusal
        judge = Judge(checks: route.judge.checks, confidence: confidence, onRefusal: route.onRefusal)
        onLargeInvalid = route.onLargeInvalid
        onLargeError = route.onLargeError
        spend = route.spend
        harvest = route.harvest
        keep = route.keep
        kind = route.kind
        redactor = route.redactor
        caching = route.caching
        earlyAbort = route.earlyAbort
        hold = route.hold
        hedge = route.hedge
        letRun = route.letRun
        audit = route.audit
        comparator = route.comparator
        compare = route.compare
        training = route.training
        require = route.require
        canary = route.canary
        onStaleSmall = route.onStaleSmall
        rules = route.rules.map { rule in
            var rule = rule
            if rule.small?.name == small.name { rule.small = small }
            return rule
        }
        contractDigest = route.contractDigest
        contract = route.contract
    }

    private static func large(_ fields: Fields, _ models: [String: ModelSettings]) -> ModelSettings? {
        guard let node = fields.value("large") else {
            fields.missing("large", "is missing: the model that answers when the small one does not")
            return nil
        }
        let large = fields.model("large", among: models)
        if let large, !large.isTrained {
            let message = "'\(large.name)' has no 'model': only small may be untrained"
            fields.reading.problems.add(node.place, key: node.key, message)
        }
        return large
    }

    /// A context that the answers alone may fill.
    private static func noteNoRoom(
        _ fields: Fields,
        _ role: String,
        _ model: ModelSettings?,
        _ parameters: [RouteParameter]
    ) {
        guard let model, let context = model.context, let node = fields.value(role) else { return }
        let target = UpstreamTarget(dialect: model.api, modelName: "", parameters: parameters)
        guard let answer = target.maxTokens, answer >= context else { return }
        let message = "no input fits: '\(model.name)' has a context of \(context), and \(answer) are for the answer"
        fields.reading.problems.note(node.place, key: node.key, message)
    }

    private static func spend(_ fields: Fields, _ large: ModelSettings?) -> Spend? {
        guard let node = fields.value("spend") else { return nil }
        if let large, large.price == nil {
            let message = "needs a price: '\(large.name)' has none, so its spending is not known"
            fields.reading.problems.add(node.keyPlace, key: node.key, message)
        }
        return fields.optionalSection("spend") { fields in
            for key in ["large", "per"] where fields.value(key) == nil { fields.missing(key, "is missing") }
            return Spend(
                large: fields.money("large") ?? 0,
                per: fields.duration("per") ?? .seconds(3600),
                whenOver: fields.word("when_over", default: .small)
            )
        }
    }

    /// An audit that the route's other keys leave nothing to do.
    private static func noteNothingAudited(
        _ fields: Fields,
        _ audit: Double,
        _ small: ModelSettings?,
        _ harvest: HarvestPolicy
    ) {
        guard audit > 0, let node = fields.value("audit") else { return }
        if harvest == .never {
            fields.reading.problems.note(node.place, key: node.key, "nothing is audited: 'harvest' is never")
        } else if small == nil {
            fields.reading.problems.note(node.place, key: node.key, "nothing is audited: there is no 'small'")
        }
    }

    /// A comparator that the file does not name is not in it: naming the one that is in force anyway changes nothing.
    private static func contract(
        _ large: ModelSettings,
        _ prompts: RolePrompts,
        _ checks: CheckList,
        _ comparing: Comparing
    ) -> Digest32 {
        var parts: [(key: String, value: Effective)] = [
            ("prompt", .text(prompts.largeDigest.hex)),
            ("api", .plain(large.api.rawValue)),
            ("model", .text(large.model ?? "")),
            ("checks", checks.effective),
        ]
        if let compare = comparing.contract { parts.append(("compare", compare)) }
        return Effective.mapping(parts).digest
    }
}
