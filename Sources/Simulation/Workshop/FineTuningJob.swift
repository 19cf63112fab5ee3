import JSON

/// One fine-tuning job: what was asked, how far it is, and what was said about it.
struct FineTuningJob: Equatable {
    enum Status: String {
        case validating = "validating_files"
        case queued, running, succeeded, failed, cancelled

        var isFinal: Bool { self == .succeeded || self == .failed || self == .cancelled }
    }

    struct Event: Equatable {
        var id = "ftevent-" + randomName()
        var created = secondsSince1970()
        var level = "info"
        var message: String
        var data: JSONTree?

        var tree: JSONTree {
            object([
                ("object", .string("fine_tuning.job.event")), ("id", .string(id)), ("created_at", .int(created)),
                ("level", .string(level)), ("message", .string(message)),
                ("type", .string(data == nil ? "message" : "metrics")), ("data", data ?? object([])),
            ])
        }
    }

    struct Checkpoint: Equatable {
        var id = "ftckpt_" + randomName()
        var created = secondsSince1970()
        var step: Int
        var metrics: JSONTree
    }

    /// Without the prefix; in its model's name too.
    var name = randomName()
    var created = secondsSince1970()
    var request: JobRequest
    var epochs: Int
    var seed: Int
    var status = Status.validating
    var finished: Int?
    var model: String?
    var tokens: Int?
    var error: TrainingFile.Refusal?
    var resultFiles: [String] = []
    var events: [Event] = []
    var checkpoints: [Checkpoint] = []

    init(_ request: JobRequest) {
        self.request = request
        if case .number(let epochs) = request.epochs { self.epochs = Int(epochs) } else { epochs = 0 }
        seed = request.seed ?? Int.random(in: 0...Int(Int32.max))
    }

    var id: String { "ftjob-" + name }
    var trainedModel: String { "ft:\(request.base):sim:\(request.suffix ?? ""):\(name.prefix(8))" }

    mutating func say(_ message: String, level: String = "info", data: JSONTree? = nil) {
        events.append(Event(level: level, message: message, data: data))
    }

    mutating func end(_ status: Status, error: TrainingFile.Refusal? = nil) {
        self.status = status
        self.error = error
        finished = secondsSince1970()
    }

    var tree: JSONTree {
        let hyperparameters = object([
            ("n_epochs", epochs == 0 ? .string("auto") : .int(epochs)), ("batch_size", Self.tree(request.batch)),
            ("learning_rate_multiplier", Self.tree(request.rate)),
        ])
        let failure = error.map { error in
            object([
                ("code", .string(error.code)), ("message", .string(error.message)),
                ("param", error.param.map(JSONTree.string) ?? .null),
            ])
        }
        let method = object([
            ("type", .string("supervised")), ("supervised", object([("hyperparameters", hyperparameters)])),
        ])
        return object([
            ("object", .string("fine_tuning.job")), ("id", .string(id)), ("created_at", .int(created)),
            ("finished_at", finished.map(JSONTree.int) ?? .null), ("model", .string(request.base)),
            ("fine_tuned_model", model.map(JSONTree.string) ?? .null), ("organization_id", .string("org-sim")),
            ("status", .string(status.rawValue)), ("hyperparameters", hyperparameters),
            ("training_file", .string(request.trainingFile)),
            ("validation_file", request.validationFile.map(JSONTree.string) ?? .null),
            ("result_files", .array(resultFiles.map(JSONTree.string))),
            ("trained_tokens", tokens.map(JSONTree.int) ?? .null), ("seed", .int(seed)), ("estimated_finish", .null),
            ("method", method), ("metadata", request.metadata), ("integrations", .array([])),
            ("user_provided_suffix", request.suffix.map(JSONTree.string) ?? .null),
            ("error", failure ?? .null),
        ])
    }

    func tree(of checkpoint: Checkpoint) -> JSONTree {
        let isLast = checkpoint.step == checkpoints.last?.step && status == .succeeded
        return object([
            ("object", .string("fine_tuning.job.checkpoint")), ("id", .string(checkpoint.id)),
            ("created_at", .int(checkpoint.created)),
            (
                "fine_tuned_model_checkpoint",
                .string(isLast ? trainedModel : trainedModel + ":ckpt-step-\(checkpoint.step)")
            ),
            ("fine_tuning_job_id", .string(id)), ("metrics", checkpoint.metrics),
            ("step_number", .int(checkpoint.step)),
        ])
    }

    private static func tree(_ setting: JobRequest.Setting) -> JSONTree {
        switch setting {
        case .auto: .string("auto")
        case .number(let value):
            value == value.rounded() && abs(value) < 1e15 ? .int(Int(value)) : .double(value)
        }
    }
}
