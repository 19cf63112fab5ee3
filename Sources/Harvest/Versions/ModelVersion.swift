// A small model that was trained for a route, as gateways and the training cycle both know it. A document of the store
// (`Ledger`, kind `version`), written once when its training has ended, and again with its evaluation. No texts, no
// secrets.

public import JSON

/// A version of a route's small model.
public struct ModelVersion: Sendable, Equatable {
    public static let kind = "version"

    public var route: String
    /// The provider's name for it.
    public var model: String
    /// Where it is served; nil: where the route's `small` entry says.
    public var baseURL: String?
    public var environment: String
    /// What it was trained to do: the route's contract when its data set was made (`RouteSettings.contract`).
    public var contract: String
    /// Digest of the small model's prompt template that its lines were phrased with; nil: there was none, or it is not
    /// known.
    public var prompt: String?
    /// The model it was tuned from.
    public var base: String?
    /// Id of the data set.
    public var dataSet: String?
    /// Lines it was trained on.
    public var examples: Int?
    /// Id of the job.
    public var job: String?
    /// The least score that is accepted, where the route's settings say `threshold: auto`; nil: not chosen yet.
    public var threshold: Double?
    /// Id of its latest evaluation.
    public var evaluation: String?
    public var createdAt: WallTime
    /// When its provider takes it away, if that is known.
    public var shutdownDate: WallTime?

    public init(
        route: String,
        model: String,
        baseURL: String? = nil,
        environment: String,
        contract: String,
        prompt: String? = nil,
        base: String? = nil,
        dataSet: String? = nil,
        examples: Int? = nil,
        job: String? = nil,
        threshold: Double? = nil,
        evaluation: String? = nil,
        createdAt: WallTime = .now(),
        shutdownDate: WallTime? = nil
    ) {
        self.route = route
        self.model = model
        self.baseURL = baseURL
        self.environment = environment
        self.contract = contract
        self.prompt = prompt
        self.base = base
        self.dataSet = dataSet
        self.examples = examples
        self.job = job
        self.threshold = threshold
        self.evaluation = evaluation
        self.createdAt = createdAt
        self.shutdownDate = shutdownDate
    }

    /// Names the document: a model may serve several routes, and is a version of each by itself.
    public var id: String { Self.id(route: route, model: model) }

    public static func id(route: String, model: String) -> String { "\(route)/\(model)" }
}

extension ModelVersion {
    public func encode() -> [UInt8] {
        var writer = JSONWriter(reserving: 512)
        write(to: &writer)
        return writer.bytes
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("route")
        writer.string(route)
        writer.name("model")
        writer.string(model)
        writer.name("base_url")
        writer.stringOrNull(baseURL)
        writer.name("environment")
        writer.string(environment)
        writer.name("contract")
        writer.string(contract)
        writer.name("prompt")
        writer.stringOrNull(prompt)
        writer.name("base")
        writer.stringOrNull(base)
        writer.name("data_set")
        writer.stringOrNull(dataSet)
        writer.name("examples")
        if let examples { writer.number(examples) } else { writer.null() }
        writer.name("job")
        writer.stringOrNull(job)
        writer.name("threshold")
        if let threshold { writer.number(threshold) } else { writer.null() }
        writer.name("evaluation")
        writer.stringOrNull(evaluation)
        writer.name("created_at")
        writer.string(createdAt.rfc3339)
        writer.name("shutdown_date")
        writer.stringOrNull(shutdownDate?.rfc3339)
        writer.endObject()
    }

    /// Reads what `encode` wrote; nil for anything else. Members it does not know are ignored.
    public init?(json: some Collection<UInt8>) {
        guard let tree = try? JSONTree.parse(json) else { return nil }
        self.init(tree)
    }

    public init?(_ tree: JSONTree) {
        guard let route = tree["route"]?.string, let model = tree["model"]?.string, !model.isEmpty,
            let environment = tree["environment"]?.string, let contract = tree["contract"]?.string,
            let createdAt = tree["created_at"]?.string.flatMap({ WallTime(rfc3339: $0) })
        else { return nil }
        self.init(
            route: route,
            model: model,
            baseURL: tree["base_url"]?.string,
            environment: environment,
            contract: contract,
            prompt: tree["prompt"]?.string,
            base: tree["base"]?.string,
            dataSet: tree["data_set"]?.string,
            examples: tree["examples"]?.int,
            job: tree["job"]?.string,
            threshold: tree["threshold"]?.double,
            evaluation: tree["evaluation"]?.string,
            createdAt: createdAt,
            shutdownDate: tree["shutdown_date"]?.string.flatMap { WallTime(rfc3339: $0) }
        )
    }
}
