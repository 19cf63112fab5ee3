import Digest
import Harvest
import JSON
import Loop
import Testing

@testable import Training

/// Against a real server that fails as it is told.
@Suite(.timeLimit(.minutes(3))) struct OpenAITrainerTests {
    /// A data set of two files in a folder, on the books.
    private struct Bench {
        let folder = TrainingFolder()
        let store: any Store
        let dataSet: DataSet
        let provider: ScriptedProvider

        init(_ change: (inout ScriptedProvider.State) -> Void = { _ in }) async throws {
            provider = try await ScriptedProvider.start(change)
            store = try KnownStores.open("sqlite:\(folder.path)/a.db")
            var export = Export(ExportOptions(format: .chat, route: "r", validation: 0.2))
            for number in 0..<40 {
                // Nothing like each other: what is near goes into one file together.
                let question = SHA256.digest(of: "question \(number)").hex(digits: 40)
                export.add(.example(question, "answer \(number)"))
            }
            export.finish()
            dataSet = try export.write(to: folder.path + "/set.jsonl")
            try await Export.record(dataSet, in: store, by: "test")
        }

        var job: TrainingJob {
            TrainingJob(
                id: "set/openai",
                route: "r",
                contract: "c",
                dataSet: dataSet.id,
                trainer: "openai",
                base: "base-1",
                suffix: "mine",
                hyperparameters: ["n_epochs": Array("3".utf8), "seed": Array("7".utf8)]
            )
        }

        func trainer() async -> OpenAITrainer {
            OpenAITrainer(
                baseURL: await provider.baseURL,
                apiKey: "secret",
                pace: OpenAITrainer.Pace(first: .milliseconds(2), most: .milliseconds(10), file: .seconds(5)),
                patience: ProviderLink.Patience(attempts: 3, first: .milliseconds(2), most: .milliseconds(50))
            )
        }

        /// Trains, with what is reported.
        func train(_ ledger: (any Ledger)? = nil) async throws -> (job: TrainingJob, said: [String]) {
            let record = try await JobRecord.open(job, in: ledger ?? store)
            let said = Said()
            let trainer = await trainer()
            do {
                try await trainer.train(record, on: dataSet) { said.add($0) }
            } catch {
                await trainer.close()
                throw error
            }
            await trainer.close()
            return (await record.job, said.lines)
        }

        func failure() async throws -> TrainingFailure {
            do {
                _ = try await train()
                throw TrainingFailure("it went well")
            } catch let failure as TrainingFailure {
                return failure
            }
        }

        func kept() async throws -> TrainingJob? {
            try await store.document(kind: TrainingJob.kind, id: "set/openai").flatMap { TrainingJob(json: $0.json) }
        }
    }

    @Test func `a data set becomes a model: files, job, events, checkpoints, and the day it goes`() async throws {
        let bench = try await Bench { $0.shutdownDate = #""2027-03-01""# }
        let (job, said) = try await bench.train()
        #expect(job.stage == .succeeded)
        #expect(job.model == "ft:base:acme:1")
        #expect(job.trainedTokens == 5000)
        #expect(job.shutdownDate?.rfc3339.hasPrefix("2027-03-01") == true)
        #expect(job.metrics?[0]?["metrics"]?["train_loss"]?.double == 0.5)
        #expect(try await bench.kept() == job)
        let state = bench.provider.state
        #expect(state.files.map(\.name) == ["\(bench.dataSet.id).train.jsonl", "\(bench.dataSet.id).validation.jsonl"])
        #expect(state.files[0].content == bench.folder.read("set.jsonl"))
        let asked = try #require(state.jobs.first)
        #expect(state.jobs.count == 1)
        #expect(asked.key.count == 64)
        #expect(asked.body["model"]?.string == "base-1")
        #expect(asked.body["training_file"]?.string == "file-1")
        #expect(asked.body["validation_file"]?.string == "file-2")
        #expect(asked.body["suffix"]?.string == "mine")
        #expect(asked.body["seed"]?.int == 7)
        #expect(asked.body["method"]?["supervised"]?["hyperparameters"]?.object?.count == 1)
        #expect(asked.body["method"]?["supervised"]?["hyperparameters"]?["n_epochs"]?.int == 3)
        #expect(asked.body["metadata"]?["understudy_data_set"]?.string == bench.dataSet.id)
        // Each event once, in their order.
        let events = said.filter { $0.hasPrefix("event ") }
        #expect(events == (0..<events.count).map { "event \($0)" })
        #expect(job.eventsSeen == events.count)
        #expect(events.count >= 3)
        // Where somebody who is forgotten is looked for.
        let document = try #require(try await bench.store.document(kind: DataSet.kind, id: bench.dataSet.id))
        let known = try #require(DataSet(json: document.json))
        #expect(known.models == ["ft:base:acme:1"])
        #expect(known.files.map { $0.uploads.map(\.file) } == [["file-1"], ["file-2"]])
        await bench.provider.stop()
    }

    @Test func `killed at any write and started again, nothing is uploaded or made twice`() async throws {
        for moment in FailingLedger.Moment.allCases {
            var write = 2
            var wasCut = true
            while wasCut {
                let bench = try await Bench()
                let ledger = FailingLedger(bench.store, at: write, moment)
                let first = try? await bench.train(ledger)
                wasCut = ledger.isCut
                let (job, _) = try await bench.train()
                #expect(wasCut || first != nil)
                let state = bench.provider.state
                #expect(state.count("POST /files") == 2, "write \(write) \(moment)")
                #expect(state.count("POST /fine_tuning/jobs") == 1, "write \(write) \(moment)")
                #expect(job.model == "ft:base:acme:1")
                #expect(Set(job.files.values) == ["file-1", "file-2"])
                await bench.provider.stop()
                write += 1
            }
            #expect(write > 8)
        }
    }

    @Test func `an answer that is lost is looked for, not asked for again`() async throws {
        for keepsMetadata in [true, false] {
            let bench = try await Bench {
                $0.faults = ["POST /files": [.loseAnswer], "POST /fine_tuning/jobs": [.loseAnswer]]
                $0.keepsMetadata = keepsMetadata
            }
            let (job, _) = try await bench.train()
            #expect(job.stage == .succeeded)
            #expect(bench.provider.state.files.count == 2)
            #expect(bench.provider.state.jobs.count == 1)
            await bench.provider.stop()
        }
    }

    @Test func `a provider that is busy or away for a moment is asked again`() async throws {
        let busy = ScriptedProvider.Fault.refuse(
            429,
            #"{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}"#,
            fields: "retry-after: 0\r\n"
        )
        let broken = ScriptedProvider.Fault.refuse(503, "no")
        let bench = try await Bench {
            $0.faults = [
                "POST /files": [busy], "GET /files/*": [broken], "POST /fine_tuning/jobs": [broken],
                "GET /fine_tuning/jobs/*": [broken, busy],
            ]
        }
        let (job, _) = try await bench.train()
        #expect(job.stage == .succeeded)
        #expect(bench.provider.state.files.count == 2)
        #expect(bench.provider.state.jobs.count == 1)
        await bench.provider.stop()
    }

    @Test func `what the provider says of a failed job is told in its words, with the candidates behind its numbers`()
        async throws
    {
        let bench = try await Bench {
            $0.jobStatuses = ["validating_files", "failed"]
            $0.jobError =
                #"{"code":"invalid_training_file","message":"The job failed due to an invalid training file. This file failed moderation safety checks. Flagged lines: 1, 3","param":"training_file"}"#
        }
        let failure = try await bench.failure()
        #expect(failure.code == "invalid_training_file")
        #expect(failure.message.contains("This file failed moderation safety checks. Flagged lines: 1, 3"))
        let lines = bench.dataSet.files[0].lines
        #expect(failure.advice?.contains("line 3 is candidate \(lines[2].candidate)") == true)
        #expect(try await bench.kept()?.stage == .failed)
        // It stays failed: nothing is asked of anybody again.
        let before = bench.provider.state.requests.count
        #expect(try await bench.failure().code == "invalid_training_file")
        #expect(bench.provider.state.requests.count == before)
        await bench.provider.stop()
    }

    @Test(arguments: [
        ("invalid_n_examples", "Training file has 7 example(s), but must have at least 10 examples"),
        ("server_error", "The job failed due to an internal error"),
    ])
    func `each failure has its own words and what helps`(code: String, message: String) async throws {
        let bench = try await Bench {
            $0.jobStatuses = ["failed"]
            $0.jobError = #"{"code":"\#(code)","message":"\#(message)","param":null}"#
        }
        let failure = try await bench.failure()
        #expect(failure.code == code)
        #expect(failure.message == message)
        #expect(failure.advice != nil)
        await bench.provider.stop()
    }

    @Test func `a file that is refused ends the job, a key that is refused does not`() async throws {
        let said =
            #"{"error":{"message":"Expected file to have JSONL format, where every line is a JSON dictionary. Line 1 is not a dictionary","type":"invalid_request_error","param":"file","code":null}}"#
        var bench = try await Bench { $0.faults = ["POST /files": [.refuse(400, said)]] }
        let refused = try await bench.failure()
        #expect(refused.message.contains("where every line is a JSON dictionary. Line 1 is not a dictionary"))
        #expect(try await bench.kept()?.stage == .failed)
        await bench.provider.stop()

        let locked =
            #"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}"#
        bench = try await Bench { $0.faults = ["POST /files": [.refuse(401, locked)]] }
        let failure = try await bench.failure()
        #expect(failure.code == "invalid_api_key")
        #expect(failure.advice?.contains("api_key") == true)
        #expect(try await bench.kept()?.stage == .uploading)
        #expect(try await bench.train().job.stage == .succeeded)
        #expect(bench.provider.state.files.count == 2)
        await bench.provider.stop()
    }

    @Test func `a file in which the provider finds an error ends the job`() async throws {
        let bench = try await Bench {
            $0.fileStatuses = ["uploaded", "error"]
            $0.fileDetails = #""line 4 has no messages""#
        }
        let failure = try await bench.failure()
        #expect(failure.message.contains("line 4 has no messages"))
        #expect(bench.provider.state.jobs.isEmpty)
        await bench.provider.stop()
    }

    @Test func `hyperparameters go where an older provider knows them`() async throws {
        let said =
            #"{"error":{"message":"Unknown parameter: 'method'.","type":"invalid_request_error","param":"method"}}"#
        let bench = try await Bench { $0.faults = ["POST /fine_tuning/jobs": [.refuse(400, said)]] }
        #expect(try await bench.train().job.stage == .succeeded)
        let asked = try #require(bench.provider.state.jobs.first)
        #expect(asked.body["method"] == nil)
        #expect(asked.body["hyperparameters"]?["n_epochs"]?.int == 3)
        await bench.provider.stop()
    }

    @Test func `events are read in their order from a provider that lists the oldest first`() async throws {
        let bench = try await Bench { $0.listsOldestFirst = true }
        let events = try await bench.train().said.filter { $0.hasPrefix("event ") }
        #expect(events == (0..<events.count).map { "event \($0)" })
        #expect(events.count >= 3)
        await bench.provider.stop()
    }

    @Test func `a cancelled job is cancelled at the provider, and says so`() async throws {
        let bench = try await Bench { $0.jobStatuses = ["running"] }
        let record = try await JobRecord.open(bench.job, in: bench.store)
        let trainer = await bench.trainer()
        let training = Task { [dataSet = bench.dataSet] in
            try await trainer.train(record, on: dataSet) { _ in }
        }
        while await record.job.stage != .running { try await Task.sleep(for: .milliseconds(2)) }
        let other = await bench.trainer()
        try await other.cancel(JobRecord.open(bench.job, in: bench.store))
        await #expect(throws: TrainingFailure.self) { try await training.value }
        #expect(bench.provider.state.jobs[0].cancelled)
        #expect(try await bench.kept()?.stage == .cancelled)
        await trainer.close()
        await other.close()
        await bench.provider.stop()
    }

    @Test func `two tools do not work on one job`() async throws {
        let bench = try await Bench()
        let one = try await JobRecord.open(bench.job, in: bench.store)
        let two = try await JobRecord.open(bench.job, in: bench.store)
        try await one.change { $0.stage = .uploading }
        await #expect(throws: TrainingFailure.self) { try await two.change { $0.stage = .uploading } }
        await bench.provider.stop()
    }

    @Test func `a job's document reads back as it was`() throws {
        var job = TrainingJob(id: "a/b", route: "r", contract: "c", dataSet: "d", trainer: "openai", base: "x")
        #expect(TrainingJob(json: job.encode()) == job)
        job.hyperparameters = ["n": Array("1.50".utf8)]
        job.files = ["train": "file-1"]
        job.failure = TrainingJob.Failure(code: nil, message: "no")
        job.metrics = .object([.init(name: "a", value: .int(1))])
        job.cost = 0.25
        job.stage = .failed
        #expect(TrainingJob(json: job.encode()) == job)
        #expect(TrainingJob(json: Array("{}".utf8)) == nil)
    }
}

/// Lines that were reported.
final class Said: Sendable {
    private let list = Lock<[String]>([])
    func add(_ line: String) { list.withLock { $0.append(line) } }
    var lines: [String] { list.withLock { $0 } }
}
