// One training, from the data set to the model: a document of the store (`Ledger`, kind `job`), written before and
// after every step that costs something or leaves something behind, so that a tool that was killed goes on where it
// was.
//
//     planned ──► uploading ──► creating ──► running ──► succeeded | failed | cancelled
//
// A stage is written before its step begins. Whoever finds `uploading` or `creating` cannot know whether the step was
// done, and looks at the provider's first.

public import Harvest
public import JSON

/// See the head of the file. Names and numbers only: no texts, no keys.
public struct TrainingJob: Sendable, Equatable {
    public static let kind = "job"

    public enum Stage: String, Sendable, CaseIterable {
        /// Nothing was asked of anybody.
        case planned
        /// Files are on their way to the trainer, or there.
        case uploading
        /// Asked for, and perhaps made.
        case creating
        /// The trainer works.
        case running
        case succeeded
        case failed
        case cancelled

        public var isOver: Bool { self == .succeeded || self == .failed || self == .cancelled }
    }

    /// Why it failed, in the trainer's words.
    public struct Failure: Sendable, Equatable {
        public var code: String?
        public var message: String

        public init(code: String?, message: String) {
            self.code = code
            self.message = message
        }
    }

    /// The data set's id, the trainer's name and, where it is not the first, the number of the attempt.
    public var id: String
    public var route: String
    public var contract: String
    public var dataSet: String
    public var trainer: String
    public var base: String
    public var suffix: String?
    /// By name, each a JSON number.
    public var hyperparameters: [String: [UInt8]]
    public var stage = Stage.planned
    /// Where the trainer is; nil: here.
    public var baseURL: String?
    /// The trainer's names for the uploaded files, by part.
    public var files: [String: String] = [:]
    /// The trainer's name for the job.
    public var providerJob: String?
    /// The trainer's word for how far it is.
    public var providerStatus: String?
    /// Events that were reported, and the last of them.
    public var eventsSeen = 0
    public var lastEvent: String?
    public var model: String?
    /// Where the model is served; nil: where the route's small entry says.
    public var modelBaseURL: String?
    /// What the trainer measured, as it said it.
    public var metrics: JSONTree?
    public var trainedTokens: Int?
    /// US dollars; nil: not known.
    public var cost: Double?
    public var failure: Failure?
    public var shutdownDate: WallTime?
    public var createdAt: WallTime

    public init(
        id: String,
        route: String,
        contract: String,
        dataSet: String,
        trainer: String,
        base: String,
        suffix: String? = nil,
        hyperparameters: [String: [UInt8]] = [:],
        createdAt: WallTime = .now()
    ) {
        self.id = id
        self.route = route
        self.contract = contract
        self.dataSet = dataSet
        self.trainer = trainer
        self.base = base
        self.suffix = suffix
        self.hyperparameters = hyperparameters
        // As exactly as it is written down.
        self.createdAt = WallTime(milliseconds: createdAt.milliseconds)
    }
}

extension TrainingJob {
    public func encode() -> [UInt8] { tree.encode() }

    public var tree: JSONTree {
        func text(_ value: String?) -> JSONTree { value.map { .string($0) } ?? .null }
        let numbers = hyperparameters.sorted { $0.key < $1.key }
        return .object([
            .init(name: "id", value: .string(id)),
            .init(name: "route", value: .string(route)),
            .init(name: "contract", value: .string(contract)),
            .init(name: "data_set", value: .string(dataSet)),
            .init(name: "trainer", value: .string(trainer)),
            .init(name: "base", value: .string(base)),
            .init(name: "suffix", value: text(suffix)),
            .init(
                name: "hyperparameters",
                value: .object(numbers.map { .init(name: $0.key, value: .number($0.value)) })
            ),
            .init(name: "status", value: .string(stage.rawValue)),
            .init(name: "base_url", value: text(baseURL)),
            .init(
                name: "files",
                value: .object(
                    files.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }
                )
            ),
            .init(name: "provider_job", value: text(providerJob)),
            .init(name: "provider_status", value: text(providerStatus)),
            .init(name: "events_seen", value: .int(eventsSeen)),
            .init(name: "last_event", value: text(lastEvent)),
            .init(name: "model", value: text(model)),
            .init(name: "model_base_url", value: text(modelBaseURL)),
            .init(name: "metrics", value: metrics ?? .null),
            .init(name: "trained_tokens", value: trainedTokens.map { .int($0) } ?? .null),
            .init(name: "cost", value: cost.map { .double($0) } ?? .null),
            .init(
                name: "error",
                value: failure.map {
                    .object([
                        .init(name: "code", value: text($0.code)), .init(name: "message", value: .string($0.message)),
                    ])
                } ?? .null
            ),
            .init(name: "shutdown_date", value: text(shutdownDate?.rfc3339)),
            .init(name: "created_at", value: .string(createdAt.rfc3339)),
        ])
    }

    /// Reads what `encode` wrote; nil for anything else.
    public init?(json: some Collection<UInt8>) {
        guard let tree = try? JSONTree.parse(json), let id = tree["id"]?.string, let route = tree["route"]?.string,
            let contract = tree["contract"]?.string, let dataSet = tree["data_set"]?.string,
            let trainer = tree["trainer"]?.string, let base = tree["base"]?.string,
            let stage = tree["status"]?.string.flatMap({ Stage(rawValue: $0) }),
            let createdAt = tree["created_at"]?.string.flatMap({ WallTime(rfc3339: $0) })
        else { return nil }
        self.init(id: id, route: route, contract: contract, dataSet: dataSet, trainer: trainer, base: base)
        suffix = tree["suffix"]?.string
        for member in tree["hyperparameters"]?.object ?? [] {
            if case .number(let digits) = member.value { hyperparameters[member.name] = digits }
        }
        self.stage = stage
        baseURL = tree["base_url"]?.string
        for member in tree["files"]?.object ?? [] { files[member.name] = member.value.string }
        providerJob = tree["provider_job"]?.string
        providerStatus = tree["provider_status"]?.string
        eventsSeen = tree["events_seen"]?.int ?? 0
        lastEvent = tree["last_event"]?.string
        model = tree["model"]?.string
        modelBaseURL = tree["model_base_url"]?.string
        metrics = tree["metrics"].flatMap { $0.isNull ? nil : $0 }
        trainedTokens = tree["trained_tokens"]?.int
        cost = tree["cost"]?.double
        failure = tree["error"].flatMap { error in
            error["message"]?.string.map { Failure(code: error["code"]?.string, message: $0) }
        }
        shutdownDate = tree["shutdown_date"]?.string.flatMap { WallTime(rfc3339: $0) }
        self.createdAt = createdAt
    }
}
