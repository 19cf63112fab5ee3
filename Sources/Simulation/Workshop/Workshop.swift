internal import HTTPServer
internal import JSON
internal import Learner
internal import Loop
internal import Synchronization

/// Where small models are made: uploaded files, fine-tuning jobs, and the models that came out of them.
///
///     create ► validating_files ► queued ► running ► succeeded
///                     └────────────┴─────────┴─────► failed, cancelled
///
/// Lives on the provider's loop. Files are validated and models trained on a thread of their own, one thing after the
/// other; what comes of it is posted back. Files, jobs and models are bounded; trained models outlive the process where
/// it has a folder for them.
final class Workshop {
    static let mostJobs = 1000
    static let mostModels = 32

    let loop: Loop
    var script: TrainingScript
    var seed: UInt64
    var files = FileShelf()
    private(set) var jobs: [FineTuningJob] = []
    private(set) var models: [String: TrainedModel] = [:]
    private let folder: ModelFolder?
    private var thread: Loop?
    private var underWay: [String: JobRun] = [:]
    /// How often each place was passed, for the faults' triggers.
    private var passed: [TrainingFault.Place: Int] = [:]

    init(on loop: Loop, script: TrainingScript, seed: UInt64, folder: String?) {
        self.loop = loop
        self.script = script
        self.seed = seed
        self.folder = folder.map(ModelFolder.init)
        for model in self.folder?.load() ?? [] {
            models[model.name] = model
            jobs.append(model.job)
        }
    }

    /// Ends the thread, in the middle of a job if need be.
    func close() {
        for run in underWay.values { run.cancel() }
        thread?.stop()
        thread?.join()
        thread = nil
    }

    /// The faults of a place that fire this time.
    func faults(at place: TrainingFault.Place, _ input: String) -> [TrainingFault.Kind] {
        let call = (passed[place] ?? 0) + 1
        passed[place] = call
        return script.faults.enumerated().filter { index, fault in
            fault.place == place && fault.trigger.fires(call: call, input: input, seed: seed &+ UInt64(index))
        }.map(\.element.kind)
    }

    // MARK: Jobs

    func create(_ request: JobRequest, faults: [TrainingFault.Kind]) throws(ProviderError) -> FineTuningJob {
        guard jobs.count < Self.mostJobs, models.count < Self.mostModels else {
            throw ProviderError(
                status: 429,
                message:
                    "At most \(Self.mostJobs) jobs and \(Self.mostModels) trained models are kept; delete a model.",
                type: "requests",
                code: "rate_limit_exceeded"
            )
        }
        let training = try ready(request.trainingFile, "training_file")
        let validation = try request.validationFile.map { id throws(ProviderError) in try ready(id, "validation_file") }
        var job = FineTuningJob(request)
        job.say("Created fine-tuning job: \(job.id)")
        job.say(
            "Validating training file: \(training.id)" + (validation.map { " and validation file: \($0.id)" } ?? "")
        )
        jobs.append(job)
        let run = JobRun(job, training, validation, faults: faults)
        underWay[job.id] = run
        post { board in run.validate { found in board { $0.validated(run, found) } } }
        return job
    }

    private func ready(_ id: String, _ param: String) throws(ProviderError) -> StoredFile {
        let file: StoredFile
        do {
            file = try files.find(id)
        } catch {
            throw .invalid("invalid \(param): \(id)", param: param)
        }
        guard file.purpose == "fine-tune" else {
            throw .invalid(
                "File '\(id)' has purpose '\(file.purpose)', but 'fine-tune' was expected.",
                param: param
            )
        }
        guard file.isProcessed else {
            throw .invalid(
                "File '\(id)' is still being processed and is not ready to be used for fine-tuning. "
                    + "Please try again later.",
                param: param
            )
        }
        return file
    }

    func job(_ id: String) throws(ProviderError) -> FineTuningJob {
        guard let job = jobs.first(where: { $0.id == id }) else {
            throw ProviderError(
                status: 404,
                message: "Could not find fine tune: \(id)",
                param: "fine_tune_id",
                code: "fine_tune_not_found"
            )
        }
        return job
    }

    func cancel(_ id: String) throws(ProviderError) -> FineTuningJob {
        let status = try job(id).status
        if status.isFinal { throw .invalid("Job has already \(status == .cancelled ? "been cancelled" : "ended").") }
        underWay.removeValue(forKey: id)?.cancel()
        change(id) { job in
            job.say("The job was cancelled", level: "warn")
            job.end(.cancelled)
        }
        return try job(id)
    }

    func delete(model name: String) -> Bool {
        guard let model = models.removeValue(forKey: name) else { return false }
        folder?.delete(model)
        return true
    }

    // MARK: What comes back from the thread

    private func validated(_ run: JobRun, _ found: Result<JobRun.Lessons, TrainingFile.Refusal>) {
        guard underWay[run.id] != nil else { return }
        let lessons: JobRun.Lessons
        switch found {
        case .failure(let refusal): return fail(run, refusal)
        case .success(let read): lessons = read
        }
        change(run.id) { job in
            if job.epochs == 0 { job.epochs = lessons.usualEpochs }
            job.status = .queued
            job.say("Files validated, moving job to queued state")
        }
        guard !run.staysQueued, let job = try? job(run.id) else { return }
        if run.neverEnds { return begun(run) }
        let plan = run.plan(job)
        post { board in
            run.train(lessons, plan, begun: { board { $0.begun(run) } }) { report in
                board { $0.reported(run, report, lessons: lessons.training.count) }
            } ended: { ending in
                board { $0.ended(run, ending, lessons) }
            }
        }
    }

    private func begun(_ run: JobRun) {
        guard underWay[run.id] != nil else { return }
        change(run.id) { job in
            job.status = .running
            job.say("Fine-tuning job started")
        }
    }

    private func reported(_ run: JobRun, _ report: EpochReport, lessons: Int) {
        guard underWay[run.id] != nil else { return }
        change(run.id) { job in
            let step = report.epoch * lessons
            let metrics = report.metrics(step: step)
            job.say(
                "Step \(step)/\(report.epochs * lessons): training loss=\(twoDigits(report.loss))"
                    + (report.validLoss.map { ", validation loss=\(twoDigits($0))" } ?? ""),
                data: metrics
            )
            job.checkpoints.append(FineTuningJob.Checkpoint(step: step, metrics: metrics))
        }
    }

    private func ended(_ run: JobRun, _ ending: JobRun.Ending, _ lessons: JobRun.Lessons) {
        guard underWay[run.id] != nil else { return }
        guard case .learnt(let learnt) = ending else {
            let failure = TrainingFile.Refusal(
                code: "server_error",
                message: "The job failed due to an internal error",
                param: nil
            )
            return fail(run, failure)
        }
        underWay[run.id] = nil
        let table = (try? job(run.id)).map(JobRun.table) ?? []
        let file = try? files.add(table, filename: "step_metrics.csv", purpose: "fine-tune-results")
        change(run.id) { job in
            job.tokens = lessons.tokens * job.epochs
            job.model = job.trainedModel
            job.resultFiles = file.map { [$0.id] } ?? []
            job.say("New fine-tuned model created: \(job.trainedModel)")
            job.say("The job has successfully completed")
            job.end(.succeeded)
        }
        guard let job = try? job(run.id) else { return }
        let model = TrainedModel(job: job, learnt: learnt)
        models[model.name] = model
        folder?.save(model)
    }

    private func fail(_ run: JobRun, _ refusal: TrainingFile.Refusal) {
        underWay[run.id] = nil
        change(run.id) { job in
            job.say(refusal.message, level: "error")
            job.end(.failed, error: refusal)
        }
    }

    private func change(_ id: String, _ body: (inout FineTuningJob) -> Void) {
        guard let index = jobs.firstIndex(where: { $0.id == id }) else { return }
        body(&jobs[index])
    }

    /// Runs `work` on the thread; what it calls `board` with runs on the loop again, with this workshop.
    private func post(_ work: @escaping @Sendable (_ board: @escaping Board) -> Void) {
        let thread = self.thread ?? Loop.start(name: "training")
        self.thread = thread
        // Touched by its own loop only: the thread hands it on and looks at nothing of it.
        nonisolated(unsafe) let workshop = self
        let loop = loop
        thread.post {
            work { change in loop.post { change(workshop) } }
        }
    }

    private typealias Board = @Sendable (_ change: @escaping @Sendable (Workshop) -> Void) -> Void
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension Workshop: Sendable {}

/// A loss as messages show it.
private func twoDigits(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}

extension EpochReport {
    fileprivate func metrics(step: Int) -> JSONTree {
        var members: [(String, JSONTree)] = [
            ("step", .int(step)), ("train_loss", .double(loss)), ("train_mean_token_accuracy", .double(accuracy)),
        ]
        if let validLoss, let validAccuracy {
            members += [
                ("valid_loss", .double(validLoss)), ("valid_mean_token_accuracy", .double(validAccuracy)),
                ("full_valid_loss", .double(validLoss)), ("full_valid_mean_token_accuracy", .double(validAccuracy)),
            ]
        }
        return object(members)
    }
}
