public import Harvest

/// A job as its store has it, and the only way to change it: what is done next was written down before.
public actor JobRecord {
    public private(set) var job: TrainingJob
    private let ledger: any Ledger
    private var revision: Int

    /// Takes up a job: as it is in the store, or as it is given, which is then written.
    public static func open(_ new: TrainingJob, in ledger: any Ledger) async throws -> JobRecord {
        if let document = try await ledger.document(kind: TrainingJob.kind, id: new.id) {
            guard let job = TrainingJob(json: document.json) else {
                throw TrainingFailure("the job \(new.id) in the store cannot be read: a newer program wrote it?")
            }
            return JobRecord(job, document.revision, ledger)
        }
        let record = JobRecord(new, 0, ledger)
        try await record.change { _ in }
        return record
    }

    private init(_ job: TrainingJob, _ revision: Int, _ ledger: any Ledger) {
        self.job = job
        self.revision = revision
        self.ledger = ledger
    }

    /// Writes the changed job down. When this returns, it survives.
    /// - Throws: where somebody else has changed it meanwhile: two tools must not work on one job.
    public func change(_ change: @Sendable (inout TrainingJob) -> Void) async throws {
        var changed = job
        change(&changed)
        let written = try await ledger.put(
            kind: TrainingJob.kind,
            id: changed.id,
            route: changed.route,
            json: changed.encode(),
            replacing: revision
        )
        guard let written else {
            throw TrainingFailure("another process works on the job \(changed.id): let it end, or end it")
        }
        revision = written
        job = changed
    }

    /// The same for a change that counts whatever another process does with the job meanwhile.
    func insist(_ change: @Sendable (inout TrainingJob) -> Void) async throws {
        for _ in 0..<100 {
            do {
                return try await self.change(change)
            } catch is TrainingFailure {
                guard let document = try await ledger.document(kind: TrainingJob.kind, id: job.id),
                    let found = TrainingJob(json: document.json)
                else { break }
                (job, revision) = (found, document.revision)
            }
        }
        throw TrainingFailure("the job \(job.id) is being changed by others all the time: try again")
    }

    /// The job's data set has a copy at a provider: written where Forgetting looks for it.
    func note(_ upload: DataSet.Upload, of part: Export.Part) async throws {
        try await changeDataSet { dataSet in
            for index in dataSet.files.indices where dataSet.files[index].part == part {
                if !dataSet.files[index].uploads.contains(upload) { dataSet.files[index].uploads.append(upload) }
            }
        }
    }

    /// A model learnt from the job's data set.
    func note(model: String) async throws {
        try await changeDataSet { if !$0.models.contains(model) { $0.models.append(model) } }
    }

    private func changeDataSet(_ change: (inout DataSet) -> Void) async throws {
        // Somebody may be forgotten at the same time, so their change counts too.
        for _ in 0..<100 {
            guard let document = try await ledger.document(kind: DataSet.kind, id: job.dataSet),
                var dataSet = DataSet(json: document.json)
            else { throw TrainingFailure("the data set \(job.dataSet) is not in the store any more") }
            change(&dataSet)
            let written = try await ledger.put(
                kind: DataSet.kind,
                id: dataSet.id,
                route: dataSet.route,
                json: dataSet.encode(),
                replacing: document.revision
            )
            if written != nil { return }
        }
        throw TrainingFailure("the data set \(job.dataSet) is being changed by others all the time: try again")
    }
}
