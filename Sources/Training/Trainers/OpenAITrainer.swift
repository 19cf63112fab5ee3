// Fine-tuning by a provider that speaks OpenAI's files and fine_tuning jobs, wherever its base URL is (WIRE).
//
//     upload       one file a part, named after the data set: found again by that name
//     make         with our names in `metadata` and an `Idempotency-Key`: found again by either
//     follow       events as they come, until the job is over
//     finish       model, checkpoints, tokens, and the day the model is to be shut down
//
// Every step begins by looking at what an earlier run may have done.

import Digest
import HTTPClient
public import Harvest
import JSON
import Loop

/// See the head of the file.
public struct OpenAITrainer: Trainer {
    public let name = "openai"
    private let baseURL: String
    private let link: ProviderLink
    private let pace: Pace

    /// How often the job is looked at: seldom while nothing happens.
    struct Pace: Sendable {
        var first = Duration.milliseconds(250)
        var most = Duration.seconds(20)
        /// So long a file may be looked at before a job is asked for all the same: a file's status is deprecated, and
        /// some providers never change it.
        var file = Duration.seconds(120)
    }

    public init(baseURL: String, apiKey: String?) {
        self.init(baseURL: baseURL, apiKey: apiKey, pace: Pace())
    }

    init(
        baseURL: String,
        apiKey: String?,
        pace: Pace,
        patience: ProviderLink.Patience = ProviderLink.Patience()
    ) {
        self.baseURL = baseURL
        self.pace = pace
        link = ProviderLink(baseURL: baseURL, apiKey: apiKey, patience: patience)
    }

    public func close() async { await link.close() }

    public func train(
        _ record: JobRecord,
        on dataSet: DataSet,
        report: @escaping @Sendable (String) -> Void
    ) async throws {
        let job = await record.job
        guard !job.stage.isOver else { return try Self.end(job, dataSet) }
        if job.providerJob == nil {
            try await upload(record, dataSet, report)
            try await make(record, dataSet, report)
        }
        try await follow(record, dataSet, report)
    }

    public func cancel(_ record: JobRecord) async throws {
        let job = await record.job
        guard !job.stage.isOver else { return }
        if let id = job.providerJob {
            let what = "cancelling \(id)"
            let request = UpstreamRequest(.post, "/fine_tuning/jobs/\(id)/cancel", timeouts: ProviderLink.timeouts)
            let reply = try await link.patiently(request, what)
            guard reply.isGood || reply.status == 404 else { throw reply.failure(what) }
        }
        try await record.insist { if !$0.stage.isOver { $0.stage = .cancelled } }
    }

    /// What is over stays so.
    private static func end(_ job: TrainingJob, _ dataSet: DataSet) throws {
        let lines = dataSet.files.first { $0.part == .train }?.lines ?? []
        switch job.stage {
        case .failed:
            throw TrainingFailure(
                code: job.failure?.code,
                message: job.failure?.message ?? "the job \(job.providerJob ?? job.id) failed, and nobody said why",
                lines: lines
            )
        case .cancelled:
            throw TrainingFailure("the job \(job.providerJob ?? job.id) was cancelled", code: "cancelled")
        default: return
        }
    }

    /// What the provider will not have as it is ends the job; a wrong key or place is mended, and the job goes on.
    private func refuse(_ reply: ProviderReply, _ what: String, _ record: JobRecord) async throws -> Never {
        let failure = reply.failure(what)
        guard [400, 413, 415, 422].contains(reply.status) else { throw failure }
        try await Self.fail(record, failure)
    }

    private static func fail(_ record: JobRecord, _ failure: TrainingFailure) async throws -> Never {
        try await record.change {
            $0.stage = .failed
            $0.failure = TrainingJob.Failure(code: failure.code, message: failure.message)
        }
        throw failure
    }

    // MARK: Upload

    private func upload(
        _ record: JobRecord,
        _ dataSet: DataSet,
        _ report: @Sendable (String) -> Void
    ) async throws {
        let wasTold = await record.job.stage != .planned
        try await record.change { [baseURL] job in
            job.stage = .uploading
            job.baseURL = baseURL
        }
        for file in dataSet.files where !file.lines.isEmpty {
            let part = file.part.rawValue
            if await record.job.files[part] == nil {
                let id = try await upload(file, of: dataSet, lookFirst: wasTold, record, report)
                // Where Forgetting looks, first: a copy that nobody knows of could not be deleted.
                try await record.note(DataSet.Upload(baseURL: baseURL, file: id), of: file.part)
                try await record.change { $0.files[part] = id }
            }
        }
        for (part, id) in await record.job.files.sorted(by: { $0.key < $1.key }) {
            try await waitUntilProcessed(id, part, record)
        }
    }

    /// - Parameter lookFirst: an earlier run may have uploaded it.
    /// - Returns: the provider's id.
    private func upload(
        _ file: DataSet.File,
        of dataSet: DataSet,
        lookFirst: Bool,
        _ record: JobRecord,
        _ report: @Sendable (String) -> Void
    ) async throws -> String {
        guard let path = file.path else { throw TrainingFailure("the data set \(dataSet.id) is not in a file here") }
        let bytes = try TrainingFile.read(path)
        guard SHA256.digest(of: bytes) == file.sha256 else {
            throw TrainingFailure("\(path) is not what was written there", advice: "remove it: it is written again")
        }
        let name = "\(dataSet.id).\(file.part.rawValue).jsonl"
        let what = "uploading \(name)"
        let form = MultipartBody(fields: [("purpose", "fine-tune")], file: ("file", name, bytes))
        let request = UpstreamRequest(
            .post,
            "/files",
            contentType: form.contentType,
            body: form.bytes,
            headers: ["Idempotency-Key: \(SHA256.digest(of: "\(baseURL) \(name) \(file.sha256.hex)").hex)"],
            timeouts: ProviderLink.uploadTimeouts
        )
        let reply = try await once(request, what, lookFirst: lookFirst) {
            try await uploaded(name, size: bytes.count)
        }
        switch reply {
        case .found(let id):
            report("\(name) is uploaded already: \(id)")
            return id
        case .made(let tree):
            guard let id = tree["id"]?.string else { throw TrainingFailure("\(what): the answer has no id") }
            if tree["status"]?.string == "error" { try await refuse(tree, what, record) }
            report("\(name) is uploaded: \(file.lines.count) lines, \(id)")
            return id
        case .refused(let reply):
            try await refuse(reply, what, record)
        }
    }

    /// A file of ours that is there already.
    private func uploaded(_ name: String, size: Int) async throws -> String? {
        var after: String?
        for _ in 0..<100 {
            let path = "/files?purpose=fine-tune&limit=100" + (after.map { "&after=\($0.percentEncoded)" } ?? "")
            let list = try await link.get(path, "looking for \(name)")
            let files = list["data"]?.array ?? []
            for file in files where file["filename"]?.string == name && file["status"]?.string != "error" {
                if let length = file["bytes"]?.int, length != size { continue }
                if let id = file["id"]?.string { return id }
            }
            guard list["has_more"]?.bool == true, let last = files.last?["id"]?.string, last != after else {
                return nil
            }
            after = last
        }
        return nil
    }

    private func refuse(_ file: JSONTree, _ what: String, _ record: JobRecord) async throws -> Never {
        let said = file["status_details"]?.string ?? "the provider found an error in it, and does not say which"
        try await Self.fail(record, TrainingFailure("\(what): \(said)", code: "file_error"))
    }

    private func waitUntilProcessed(_ id: String, _ part: String, _ record: JobRecord) async throws {
        let what = "waiting for the \(part) file \(id)"
        let end = MonotonicTime.now().advanced(by: pace.file)
        var wait = pace.first
        while MonotonicTime.now() < end {
            let file = try await link.get("/files/\(id.percentEncoded)", what)
            switch file["status"]?.string {
            case "error", "failed": try await refuse(file, what, record)
            case "uploaded", "pending", "processing", "validating": break
            default: return
            }
            try await Task.sleep(for: wait)
            wait = min(wait * 2, pace.most)
        }
    }

    // MARK: Make

    private func make(
        _ record: JobRecord,
        _ dataSet: DataSet,
        _ report: @Sendable (String) -> Void
    ) async throws {
        let job = await record.job
        try await record.change { $0.stage = .creating }
        let what = "asking for the job"
        func ask(_ shape: ProviderOrder.Shape) async throws -> Asked<ProviderJob> {
            let order = ProviderOrder(job, shape)
            let request = UpstreamRequest(
                .post,
                "/fine_tuning/jobs",
                contentType: "application/json",
                body: order.body,
                headers: ["Idempotency-Key: \(order.idempotencyKey)"],
                timeouts: ProviderLink.timeouts
            )
            return try await once(request, what, lookFirst: true) { try await find(job) }
        }
        var asked = try await ask(.method)
        // Older servers know `hyperparameters` only, newer ones call that deprecated.
        if case .refused(let reply) = asked, !job.hyperparameters.isEmpty, reply.isAbout("method") {
            asked = try await ask(.hyperparameters)
        }
        let made: ProviderJob
        switch asked {
        case .found(let found):
            made = found
            report("the job was made before: \(found.id)")
        case .made(let tree):
            guard let new = ProviderJob(tree) else { throw TrainingFailure("\(what): the answer is no job") }
            made = new
            report("the job is made: \(new.id)")
        case .refused(let reply): try await refuse(reply, what, record)
        }
        try await record.change {
            $0.providerJob = made.id
            $0.providerStatus = made.status
            $0.stage = .running
        }
    }

    /// A job of ours that is there already.
    private func find(_ job: TrainingJob) async throws -> ProviderJob? {
        var after: String?
        let filter = "&metadata%5B\(ProviderOrder.dataSetKey)%5D=\(job.dataSet.percentEncoded)"
        for _ in 0..<100 {
            let path = "/fine_tuning/jobs?limit=100\(filter)" + (after.map { "&after=\($0.percentEncoded)" } ?? "")
            let list = try await link.get(path, "looking for the job")
            let jobs = (list["data"]?.array ?? []).compactMap { ProviderJob($0) }
            // Providers that keep no metadata: the file is of this data set, and of nothing else.
            if let found = jobs.first(where: {
                $0.metadata[ProviderOrder.jobKey].map { $0 == job.id }
                    ?? ($0.trainingFile == job.files["train"] && $0.ending != .failed && $0.ending != .cancelled)
            }) {
                return found
            }
            guard list["has_more"]?.bool == true, let last = jobs.last?.id, last != after else { return nil }
            after = last
        }
        return nil
    }

    // MARK: What is asked once

    private enum Asked<Found: Sendable>: Sendable {
        case found(Found)
        case made(JSONTree)
        case refused(ProviderReply)
    }

    /// Asks for something to be made. Where it is not known whether it was, looks for it before asking again.
    private func once<Found: Sendable>(
        _ request: UpstreamRequest,
        _ what: String,
        lookFirst: Bool,
        look: () async throws -> Found?
    ) async throws -> Asked<Found> {
        if lookFirst, let found = try await look() { return .found(found) }
        var wait = pace.first * 2
        for attempt in 1...5 {
            do {
                let reply = try await link.once(request)
                if reply.isGood, let json = reply.json { return .made(json) }
                if !reply.mayGoLater || reply.isGood { return .refused(reply) }
                if attempt == 5 {
                    var failure = reply.failure(what)
                    failure.advice = failure.advice ?? "run the command again: it goes on where it was"
                    throw failure
                }
                try await Task.sleep(for: min(reply.retryAfter ?? wait, .seconds(60)))
            } catch let error as UpstreamError {
                if attempt == 5 {
                    throw TrainingFailure(
                        "\(what): \(error.message)",
                        advice: "run the command again: it goes on where it was"
                    )
                }
                try await Task.sleep(for: wait)
            }
            if let found = try await look() { return .found(found) }
            wait = wait * 2
        }
        preconditionFailure("the last attempt returns or throws")
    }

    // MARK: Follow

    private func follow(
        _ record: JobRecord,
        _ dataSet: DataSet,
        _ report: @Sendable (String) -> Void
    ) async throws {
        guard let id = await record.job.providerJob else { preconditionFailure("a job that runs has a name") }
        let path = "/fine_tuning/jobs/\(id.percentEncoded)"
        var wait = pace.first
        while true {
            guard let job = ProviderJob(try await link.get(path, "looking at \(id)")) else {
                throw TrainingFailure("looking at \(id): the answer is no job")
            }
            let known = await record.job
            let news = try await events(of: path, after: known.lastEvent)
            for event in news { report(event.text) }
            if !news.isEmpty || job.status != known.providerStatus {
                try await record.change {
                    $0.providerStatus = job.status
                    $0.eventsSeen += news.count
                    $0.lastEvent = news.last?.id ?? $0.lastEvent
                }
                wait = pace.first
            }
            if let ending = job.ending { return try await finish(record, job, ending, dataSet, report) }
            try await Task.sleep(for: wait)
            wait = min(wait * 2, pace.most)
        }
    }

    /// Those after the one that was seen last, oldest first. Lists are newest first, but not everywhere.
    private func events(of path: String, after seen: String?) async throws -> [ProviderEvent] {
        var all: [ProviderEvent] = []
        var after: String?
        for _ in 0..<100 {
            let query = "/events?limit=100" + (after.map { "&after=\($0.percentEncoded)" } ?? "")
            let list = try await link.get(path + query, "reading the job's events")
            let page = (list["data"]?.array ?? []).compactMap { ProviderEvent($0) }
            all += page
            if isNewestFirst(all), let seen, page.contains(where: { $0.id == seen }) { break }
            guard list["has_more"]?.bool == true, let last = page.last?.id, last != after else { break }
            after = last
        }
        if isNewestFirst(all) { all.reverse() }
        guard let seen, let place = all.lastIndex(where: { $0.id == seen }) else { return all }
        return Array(all[(place + 1)...])
    }

    private func isNewestFirst(_ events: [ProviderEvent]) -> Bool {
        (events.first?.createdAt ?? 0) >= (events.last?.createdAt ?? 0)
    }

    private func finish(
        _ record: JobRecord,
        _ job: ProviderJob,
        _ ending: TrainingJob.Stage,
        _ dataSet: DataSet,
        _ report: @Sendable (String) -> Void
    ) async throws {
        if ending == .succeeded, let model = job.model {
            // For Forgetting, before anybody can ask the model.
            try await record.note(model: model)
            let checkpoints = try? await link.get(
                "/fine_tuning/jobs/\(job.id.percentEncoded)/checkpoints?limit=100",
                "reading the job's checkpoints"
            )
            let shutdown = await shutdownDate(of: model)
            if let shutdown { report("\(model) will be shut down on \(shutdown.rfc3339.prefix(10))") }
            try await record.change {
                $0.stage = .succeeded
                $0.model = model
                $0.trainedTokens = job.trainedTokens
                $0.metrics = checkpoints?["data"]
                $0.shutdownDate = shutdown
            }
            return
        }
        try await record.change {
            $0.stage = ending == .succeeded ? .failed : ending
            $0.trainedTokens = job.trainedTokens
            $0.failure =
                job.failure
                ?? (ending == .succeeded ? .init(code: nil, message: "the job succeeded, and names no model") : nil)
        }
        try Self.end(await record.job, dataSet)
    }

    /// Nil where the provider does not say.
    private func shutdownDate(of model: String) async -> WallTime? {
        let request = UpstreamRequest(.get, "/models/\(model.percentEncoded)", timeouts: ProviderLink.timeouts)
        guard let reply = try? await link.once(request), reply.isGood else { return nil }
        return WallTime(shutdownDate: reply.json?["shutdown_date"])
    }
}
