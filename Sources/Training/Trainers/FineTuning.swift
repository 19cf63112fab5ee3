// From a route to a new version of its small model: data set, job, version. Each step is written down before and after
// it, so whatever kills the tool, the next run goes on, and pays nothing twice.
//
//     a job of the route that is not over?     it is gone on with, whatever has come to the store since
//     the same data set trained already?       its version is the answer; nothing is paid
//     else                                     data set, job, version

import Digest
public import Harvest
public import JSON
public import Settings

/// See the head of the file.
public struct FineTuning: Sendable {
    public let route: RouteSettings
    public let training: TrainingSettings
    private let environment: String
    private let store: any Store
    private let directory: String
    private let trainer: any Trainer
    private let purse: Purse
    private let maker: DataSetMaker

    /// - Parameters:
    ///   - directory: where the route's data sets lie, and what its trainings write.
    ///   - by: whoever started it, for the store's events.
    public init(
        route: RouteSettings,
        training: TrainingSettings,
        environment: String,
        store: any Store,
        directory: String,
        trainer: any Trainer,
        purse: Purse,
        by: String
    ) {
        self.route = route
        self.training = training
        self.environment = environment
        self.store = store
        self.directory = directory
        self.trainer = trainer
        self.purse = purse
        maker = DataSetMaker(route: route, training: training, store: store, directory: directory, by: by)
    }

    /// What will be done.
    public enum Plan: Sendable {
        /// An earlier run's job is gone on with.
        case goOn(TrainingJob)
        case train(DataSetPlan)

        /// For a person, before anything is paid.
        public var lines: [String] {
            switch self {
            case .goOn(let job): ["the job \(job.id) of an earlier run is \(job.stage.rawValue): it is gone on with"]
            case .train(let plan): plan.lines
            }
        }

        public var notes: [String] { if case .train(let plan) = self { plan.notes } else { [] } }

        /// Why nothing is trained; empty: it can be.
        public var obstacles: [String] { if case .train(let plan) = self { plan.obstacles } else { [] } }

        public var tree: JSONTree {
            switch self {
            case .goOn(let job): .object([.init(name: "going_on_with", value: job.tree)])
            case .train(let plan): plan.tree
            }
        }

        /// Answers that nobody reviewed are asked again.
        public var needsAsking: Bool {
            if case .train(let plan) = self { !plan.toRepeat.isEmpty } else { false }
        }

        /// What it may still cost, as far as that is known. US dollars.
        public var cost: Double {
            switch self {
            case .goOn: 0
            case .train(let plan): plan.cost
            }
        }
    }

    /// What came of it.
    public struct Result: Sendable {
        public let version: ModelVersion
        public let job: TrainingJob
        /// The same data set had been trained on already.
        public let isKnown: Bool

        public var tree: JSONTree {
            let version = (try? JSONTree.parse(version.encode())) ?? .null
            return .object([
                .init(name: "model", value: .string(job.model ?? "")),
                .init(name: "examples", value: self.version.examples.map { .int($0) } ?? .null),
                .init(name: "cost", value: job.cost.map { .double($0) } ?? .null),
                .init(name: "known", value: .bool(isKnown)),
                .init(name: "version", value: version),
                .init(name: "job", value: job.tree),
            ])
        }
    }

    // MARK: Plan

    /// - Parameter most: at most so many examples; nil: all there are.
    public func plan(most: Int? = nil) async throws -> Plan {
        if let job = try await unfinished(), most == nil { return .goOn(job) }
        return .train(try await maker.plan(most: most))
    }

    /// The latest job of the route that is not over, or whose model is no version yet.
    private func unfinished() async throws -> TrainingJob? {
        for job in try await jobs() where job.trainer == trainer.name && job.contract == route.contract {
            // What the trainer has begun is paid; what was not begun is asked for as the settings say now.
            if !job.stage.isOver, job.providerJob != nil || job.stage == .running || isMeant(job) { return job }
            if job.stage == .succeeded, let model = job.model {
                let id = ModelVersion.id(route: route.name, model: model)
                if try await store.version(id) == nil { return job }
            }
        }
        return nil
    }

    private func isMeant(_ job: TrainingJob) -> Bool {
        job.base == training.base && job.suffix == training.suffix && job.hyperparameters == training.hyperparameters
            && (job.baseURL == nil || job.baseURL == training.baseURL)
    }

    private func jobs() async throws -> [TrainingJob] {
        try await store.documents(kind: TrainingJob.kind, route: route.name).compactMap { TrainingJob(json: $0.json) }
    }

    // MARK: Run

    /// - Parameters:
    ///   - asking: for plans whose `needsAsking` says so.
    ///   - report: a line each of what happens.
    public func run(
        _ plan: Plan,
        asking: (any ModelAsking)?,
        report: @escaping @Sendable (String) -> Void
    ) async throws -> Result {
        try TrainingFile.makeDirectory(directory)
        let lock = try TrainingLock(directory + "/finetune.lock")
        defer { withExtendedLifetime(lock) {} }
        switch plan {
        case .goOn(let job):
            guard let document = try await store.document(kind: DataSet.kind, id: job.dataSet),
                let dataSet = DataSet(json: document.json)
            else { throw TrainingFailure("the data set \(job.dataSet) is not in the store any more") }
            report("going on with the job \(job.id)")
            return try await train(job, dataSet, estimate: 0, report)
        case .train(var plan):
            if let obstacle = plan.obstacles.first { throw TrainingFailure(obstacle) }
            if !plan.toRepeat.isEmpty {
                guard let asking else { preconditionFailure("the plan needs somebody who asks") }
                plan = try await maker.repeated(plan, asking: asking) { asked, all in
                    if asked == all || asked % 50 == 0 { report("asked again: \(asked) of \(all)") }
                }
                report("of the answers that were asked again \(plan.export.count) examples stay")
            }
            let dataSet = try await maker.write(plan)
            report("data set \(dataSet.id): \(plan.examples) examples")
            let (job, isKnown) = try await job(for: dataSet)
            if isKnown { report("it was trained on already: \(job.model ?? "")") }
            return try await train(
                job,
                dataSet,
                estimate: isKnown ? 0 : plan.trainingCost ?? 0,
                isKnown: isKnown,
                report
            )
        }
    }

    /// The job that trains on the data set: one that did, one that was begun, or the next attempt.
    private func job(for dataSet: DataSet) async throws -> (TrainingJob, isKnown: Bool) {
        let tried = try await jobs().filter { $0.dataSet == dataSet.id && $0.trainer == trainer.name }
        if let done = tried.first(where: { $0.stage == .succeeded && isMeant($0) }) { return (done, true) }
        if let begun = tried.first(where: { !$0.stage.isOver && isMeant($0) }) { return (begun, false) }
        let job = TrainingJob(
            id: "\(dataSet.id)/\(trainer.name)" + (tried.isEmpty ? "" : "/\(tried.count + 1)"),
            route: route.name,
            contract: route.contract,
            dataSet: dataSet.id,
            trainer: trainer.name,
            base: training.base,
            suffix: training.suffix,
            hyperparameters: training.hyperparameters
        )
        return (job, false)
    }

    private func train(
        _ job: TrainingJob,
        _ dataSet: DataSet,
        estimate: Double,
        isKnown: Bool = false,
        _ report: @escaping @Sendable (String) -> Void
    ) async throws -> Result {
        try await purse.setAside(estimate)
        let record = try await JobRecord.open(job, in: store)
        do {
            try await trainer.train(record, on: dataSet, report: report)
        } catch {
            // What was begun is billed, whatever becomes of it.
            await purse.settle(estimate, cost: record.job.stage == .running ? estimate : 0)
            throw error
        }
        // What a trainer does not bill is worked out of its tokens.
        let price = route.training?.price ?? TrainingPrice.perMillion(job.base)
        try await record.change { job in
            guard job.cost == nil, job.trainer == "openai", let price else { return }
            job.cost = job.trainedTokens.map { price * Double($0) / 1_000_000 }
        }
        let done = await record.job
        await purse.settle(estimate, cost: isKnown || estimate == 0 ? 0 : done.cost ?? estimate)
        return Result(version: try await version(of: done, dataSet), job: done, isKnown: isKnown)
    }

    // MARK: The version

    private func version(of job: TrainingJob, _ dataSet: DataSet) async throws -> ModelVersion {
        guard let model = job.model else { preconditionFailure("a job that succeeded has a model") }
        let id = ModelVersion.id(route: route.name, model: model)
        if var known = try await store.version(id) {
            // Its threshold and evaluation stay; the day it goes may be news.
            known.shutdownDate = job.shutdownDate ?? known.shutdownDate
            try await store.put(known)
            return known
        }
        let version = ModelVersion(
            route: route.name,
            model: model,
            baseURL: job.modelBaseURL,
            environment: environment,
            contract: job.contract,
            prompt: route.prompts.small == nil ? nil : route.prompts.smallDigest.hex,
            base: job.base.isEmpty ? nil : job.base,
            dataSet: dataSet.id,
            examples: dataSet.files.first { $0.part == .train }?.lines.count,
            job: job.id,
            shutdownDate: job.shutdownDate
        )
        try await store.put(version)
        try await store.add(LedgerEvent(who: maker.by, what: "finetune", route: route.name, detail: version.encode()))
        return version
    }

    // MARK: Cancel

    /// Ends the route's jobs that are not over.
    /// - Returns: their ids.
    public func cancel() async throws -> [String] {
        var cancelled: [String] = []
        for job in try await jobs() where !job.stage.isOver && job.trainer == trainer.name {
            let record = try await JobRecord.open(job, in: store)
            try await trainer.cancel(record)
            cancelled.append(job.id)
        }
        return cancelled
    }
}
