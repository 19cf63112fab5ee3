internal import Glibc
internal import JSON
internal import Learner

/// A model that came out of a job, by its name; what a restart keeps of a job is in here too.
final class TrainedModel: Sendable, Equatable {
    let job: FineTuningJob
    let learnt: TokenModel

    init(job: FineTuningJob, learnt: TokenModel) {
        self.job = job
        self.learnt = learnt
    }

    var name: String { job.trainedModel }

    static func == (left: TrainedModel, right: TrainedModel) -> Bool { left === right }
}

/// Trained models as files of one folder, `NAME.model`: a line of JSON with the job, then the model's own bytes.
struct ModelFolder {
    let path: String

    /// All models that can be read, the oldest first; others are left alone.
    func load() -> [TrainedModel] {
        mkdir(path, 0o700)
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var models: [TrainedModel] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".model"), let bytes = read("\(path)/\(name)"),
                let end = bytes.firstIndex(of: UInt8(ascii: "\n")), let tree = try? JSONTree.parse(bytes[..<end]),
                let job = FineTuningJob(tree), let learnt = TokenModel(encoded: Array(bytes[(end + 1)...]))
            else { continue }
            models.append(TrainedModel(job: job, learnt: learnt))
        }
        return models.sorted { ($0.job.created, $0.job.name) < ($1.job.created, $1.job.name) }
    }

    /// Written beside, then moved: a kill leaves the old state or the new one.
    func save(_ model: TrainedModel) {
        let bytes = model.job.tree.encode() + [UInt8(ascii: "\n")] + model.learnt.encoded
        let (place, draft) = ("\(path)/\(model.job.name).model", "\(path)/\(model.job.name).draft")
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress! + written, bytes.count - written) }
            if count <= 0 { break }
            written += count
        }
        close(file)
        if written == bytes.count { rename(draft, place) } else { unlink(draft) }
    }

    func delete(_ model: TrainedModel) { unlink("\(path)/\(model.job.name).model") }

    private func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var at = 0
        while at < bytes.count {
            let (start, left) = (at, bytes.count - at)
            let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + start, left) }
            if count <= 0 { return nil }
            at += count
        }
        return bytes
    }
}

extension FineTuningJob {
    /// A job that succeeded, as its tree says it: what was asked, and what came of it, without its events.
    fileprivate init?(_ tree: JSONTree) {
        guard let id = tree["id"]?.string, id.hasPrefix("ftjob-"), let base = tree["model"]?.string,
            let file = tree["training_file"]?.string, let created = tree["created_at"]?.int
        else { return nil }
        var request = JobRequest(base: base, trainingFile: file)
        request.validationFile = tree["validation_file"]?.string
        request.suffix = tree["user_provided_suffix"]?.string
        request.seed = tree["seed"]?.int
        request.metadata = tree["metadata"] ?? .null
        request.epochs = (tree["hyperparameters"]?["n_epochs"]?.double).map { .number($0) } ?? .auto
        request.rate = (tree["hyperparameters"]?["learning_rate_multiplier"]?.double).map { .number($0) } ?? .auto
        request.batch = (tree["hyperparameters"]?["batch_size"]?.double).map { .number($0) } ?? .auto
        self.init(request)
        name = String(id.dropFirst(6))
        self.created = created
        status = .succeeded
        finished = tree["finished_at"]?.int
        model = tree["fine_tuned_model"]?.string
        tokens = tree["trained_tokens"]?.int
    }
}
