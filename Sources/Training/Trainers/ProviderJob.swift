import Harvest
import JSON

/// A fine-tuning job as the provider tells it. Members that it does not have are nil: providers differ.
struct ProviderJob: Sendable, Equatable {
    var id: String
    var status: String
    var model: String?
    var trainedTokens: Int?
    var trainingFile: String?
    var metadata: [String: String]
    var failure: TrainingJob.Failure?

    init?(_ tree: JSONTree) {
        guard let id = tree["id"]?.string, let status = tree["status"]?.string else { return nil }
        self.id = id
        self.status = status
        model = tree["fine_tuned_model"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        trainedTokens = tree["trained_tokens"]?.int
        trainingFile = tree["training_file"]?.string
        metadata = (tree["metadata"]?.object ?? []).reduce(into: [:]) { $0[$1.name] = $1.value.string }
        if let error = tree["error"], let message = error["message"]?.string, !message.isEmpty {
            let param = error["param"]?.string.map { " (\($0))" } ?? ""
            failure = TrainingJob.Failure(code: error["code"]?.string, message: message + param)
        }
    }

    /// Nil: it goes on. Words that are not known are taken for going on.
    var ending: TrainingJob.Stage? {
        switch status {
        case "succeeded": .succeeded
        case "failed", "error": .failed
        case "cancelled", "canceled": .cancelled
        default: nil
        }
    }
}

/// A line of a job's log.
struct ProviderEvent: Sendable, Equatable {
    var id: String
    var createdAt: Int
    var text: String

    init?(_ tree: JSONTree) {
        guard let id = tree["id"]?.string else { return nil }
        self.id = id
        createdAt = tree["created_at"]?.int ?? 0
        let level = tree["level"]?.string ?? "info"
        text = (level == "info" ? "" : level + ": ") + (tree["message"]?.string ?? "")
    }
}

extension WallTime {
    /// A day that a provider takes a model away: seconds since 1970, a time, or a date (`2026-12-31`).
    init?(shutdownDate value: JSONTree?) {
        if let seconds = value?.int, seconds > 0 {
            self.init(milliseconds: Int64(seconds) * 1000)
        } else if let text = value?.string {
            guard let time = WallTime(rfc3339: text) ?? WallTime(rfc3339: text + "T00:00:00Z") else { return nil }
            self = time
        } else {
            return nil
        }
    }
}
