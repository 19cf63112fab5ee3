internal import Glibc
internal import JSON
internal import Learner
internal import Synchronization

/// What the thread does for one job. Its files and faults do not change; the flag is how the loop stops it.
final class JobRun: Sendable {
    struct Lessons: Sendable {
        var training: [Lesson]
        var validation: [Lesson]
        /// Tokens of inputs and outputs, once.
        var tokens: Int

        /// As the provider chooses them: three, more where there are few examples, fewer where there are very many.
        var usualEpochs: Int {
            let examples = max(1, training.count)
            if examples * 3 < 100 { return min(25, (100 + examples - 1) / examples) }
            return examples * 3 > 25_000 ? max(1, 25_000 / examples) : 3
        }
    }

    enum Ending: Sendable {
        case learnt(TokenModel)
        case broken
    }

    let id: String
    private let base: String
    private let training: StoredFile
    private let validation: StoredFile?
    private let faults: [TrainingFault.Kind]
    private let isCancelled = Atomic(false)

    init(_ job: FineTuningJob, _ training: StoredFile, _ validation: StoredFile?, faults: [TrainingFault.Kind]) {
        id = job.id
        base = job.request.base
        self.training = training
        self.validation = validation
        self.faults = faults
    }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    var staysQueued: Bool { faults.contains(.staysQueued) }
    var neverEnds: Bool { faults.contains(.neverEnds) }

    func plan(_ job: FineTuningJob) -> TrainingPlan {
        var plan = TrainingPlan(epochs: job.epochs, seed: UInt64(job.seed))
        if case .number(let rate) = job.request.rate { plan.rate = rate }
        return plan
    }

    // MARK: On the thread

    func validate(_ done: (Result<Lessons, TrainingFile.Refusal>) -> Void) {
        if isCancelled.load(ordering: .relaxed) { return }
        for case .invalid(let message) in faults {
            let usual =
                "The job failed due to an invalid training file. Invalid file format. "
                + "Example 1, message 1 Discriminator 'role' is missing in value"
            return done(.failure(.init(code: "invalid_training_file", message: message ?? usual)))
        }
        do throws(TrainingFile.Refusal) {
            let training = try TrainingFile(training, base: base).lessons
            var validated: [Lesson] = []
            if let validation { validated = try TrainingFile(validation, base: base, param: "validation_file").lessons }
            let size = training.reduce(0) { $0 + tokens(of: $1.input).count + tokens(of: $1.output).count }
            done(.success(Lessons(training: training, validation: validated, tokens: size)))
        } catch {
            done(.failure(error))
        }
    }

    func train(
        _ lessons: Lessons,
        _ plan: TrainingPlan,
        begun: () -> Void,
        report: @escaping (EpochReport) -> Void,
        ended: (Ending) -> Void
    ) {
        if isCancelled.load(ordering: .relaxed) { return }
        begun()
        var breaks: Int?
        var pause = Duration.zero
        for fault in faults {
            if case .breaks(let epoch) = fault { breaks = epoch }
            if case .slow(let time) = fault { pause += time }
        }
        if breaks == 0 { return ended(.broken) }
        let learnt = TokenModel.train(lessons.training, validation: lessons.validation, plan: plan) {
            !self.isCancelled.load(ordering: .relaxed)
        } report: { done in
            report(done)
            self.rest(pause)
            return done.epoch != breaks
        }
        if isCancelled.load(ordering: .relaxed) { return }
        ended(learnt.map(Ending.learnt) ?? .broken)
    }

    /// Waits, in steps so short that a cancelled job does not hold up the next.
    private func rest(_ time: Duration) {
        var left = time
        while left > .zero, !isCancelled.load(ordering: .relaxed) {
            usleep(5000)
            left -= .milliseconds(5)
        }
    }

    /// The job's result file.
    static func table(_ job: FineTuningJob) -> [UInt8] {
        var text = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n"
        for checkpoint in job.checkpoints {
            let names = ["train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy"]
            let values = names.map { checkpoint.metrics[$0]?.double.map { "\($0)" } ?? "" }
            text += "\(checkpoint.step),\(values.joined(separator: ","))\n"
        }
        return Array(text.utf8)
    }
}
