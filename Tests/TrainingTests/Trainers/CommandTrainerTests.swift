import Glibc
import Harvest
import JSON
import Testing

@testable import Training

/// With real processes.
@Suite(.timeLimit(.minutes(1))) struct CommandTrainerTests {
    private struct Bench {
        let folder = TrainingFolder()
        let store: any Store
        let dataSet: DataSet

        init() async throws {
            store = try KnownStores.open("sqlite:\(folder.path)/a.db")
            var export = Export(ExportOptions(format: .chat, route: "r"))
            for number in 0..<3 { export.add(.example("question \(number) of three", "answer \(number)")) }
            export.finish()
            dataSet = try export.write(to: folder.path + "/set.jsonl")
            try await Export.record(dataSet, in: store, by: "test")
        }

        func record() async throws -> JobRecord {
            let job = TrainingJob(
                id: "set/command",
                route: "r",
                contract: "c",
                dataSet: dataSet.id,
                trainer: "command",
                base: "tiny",
                hyperparameters: ["n_epochs": Array("2".utf8)]
            )
            return try await JobRecord.open(job, in: store)
        }

        func trainer(_ script: String) -> CommandTrainer {
            CommandTrainer(run: ["/bin/sh", "-c", script, "trainer"], directory: folder.path + "/jobs")
        }

        func train(_ script: String) async throws -> (job: TrainingJob, said: [String]) {
            let record = try await record()
            let said = Said()
            try await trainer(script).train(record, on: dataSet) { said.add($0) }
            return (await record.job, said.lines)
        }

        func failure(_ script: String) async throws -> TrainingFailure {
            do {
                _ = try await train(script)
                throw TrainingFailure("it went well")
            } catch let failure as TrainingFailure {
                return failure
            }
        }
    }

    @Test func `a command is told what to learn, and its last line is read`() async throws {
        let bench = try await Bench()
        let script = """
            echo "lines: $(wc -l < "$UNDERSTUDY_TRAIN_FILE")"
            echo "$UNDERSTUDY_ROUTE $UNDERSTUDY_BASE $UNDERSTUDY_HYPERPARAMETERS ${UNDERSTUDY_VALIDATION_FILE:-none}"
            echo '{"model":"tiny-2","base_url":"http://127.0.0.1:9/v1","metrics":{"loss":0.25},"cost":1.5}'
            """
        let (job, said) = try await bench.train(script)
        #expect(job.stage == .succeeded)
        #expect(job.model == "tiny-2")
        #expect(job.modelBaseURL == "http://127.0.0.1:9/v1")
        #expect(job.metrics?["loss"]?.double == 0.25)
        #expect(job.cost == 1.5)
        #expect(said.contains("lines: 3"))
        #expect(said.contains(#"r tiny {"n_epochs":2} none"#))
        let document = try #require(try await bench.store.document(kind: DataSet.kind, id: bench.dataSet.id))
        #expect(DataSet(json: document.json)?.models == ["tiny-2"])
    }

    @Test func `a tool that goes away finds the command that went on, and does not run it again`() async throws {
        let bench = try await Bench()
        let script = """
            echo run >> "\(bench.folder.path)/runs"
            echo begun
            while [ ! -e "\(bench.folder.path)/go" ]; do sleep 0.02; done
            echo '{"model":"tiny-2"}'
            """
        let record = try await bench.record()
        let trainer = bench.trainer(script)
        let said = Said()
        let first = Task { [dataSet = bench.dataSet] in try await trainer.train(record, on: dataSet) { said.add($0) } }
        while !said.lines.contains("begun") { try await Task.sleep(for: .milliseconds(5)) }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }

        let (other, store, dataSet) = (bench.trainer(script), bench.store, bench.dataSet)
        let again = Said()
        let second = Task {
            let job = try #require(
                try await store.document(kind: TrainingJob.kind, id: "set/command").flatMap {
                    TrainingJob(json: $0.json)
                }
            )
            let record = try await JobRecord.open(job, in: store)
            try await other.train(record, on: dataSet) { again.add($0) }
            return await record.job
        }
        while again.lines.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let go = fopen(bench.folder.path + "/go", "w")
        fclose(go)
        let job = try await second.value
        #expect(job.model == "tiny-2")
        #expect(bench.folder.read("runs") == "run\n")
        // What was said before is not said again.
        #expect(!again.lines.contains("begun"))

        // And once more, when it has ended: the answer is there.
        #expect(try await bench.train("exit 9").job.model == "tiny-2")
    }

    @Test func `a command that fails says why, and stays failed`() async throws {
        let bench = try await Bench()
        let failure = try await bench.failure("echo 'out of memory on card 3' >&2; exit 7")
        #expect(failure.code == "exit_7")
        #expect(failure.message.contains("out of memory on card 3"))
        #expect(try await bench.failure("echo '{\"model\":\"x\"}'").code == "exit_7")
    }

    @Test(arguments: ["echo done", "echo '{\"metrics\":1}'", "true", "echo '{\"model\":\"\"}'"])
    func `a command whose last line names no model has failed`(script: String) async throws {
        let bench = try await Bench()
        #expect(try await bench.failure(script).code == "no_result")
    }

    @Test func `a command that is killed has failed`() async throws {
        let bench = try await Bench()
        // Its shell goes with it, as when the machine's memory runs out for all of them.
        #expect(try await bench.failure("kill -9 $PPID; kill -9 $$").code == "killed")
    }

    @Test func `a cancelled command is ended with all it has started`() async throws {
        let bench = try await Bench()
        let record = try await bench.record()
        let trainer = bench.trainer("sleep 1000 & echo $!; wait")
        let said = Said()
        let training = Task { [dataSet = bench.dataSet] in try await trainer.train(record, on: dataSet) { said.add($0) }
        }
        var child: pid_t?
        while child == nil {
            child = said.lines.compactMap { pid_t($0) }.first
            try await Task.sleep(for: .milliseconds(5))
        }
        let store = bench.store
        let job = try #require(
            try await store.document(kind: TrainingJob.kind, id: "set/command").flatMap { TrainingJob(json: $0.json) }
        )
        try await trainer.cancel(JobRecord.open(job, in: store))
        await #expect(throws: (any Error).self) { try await training.value }
        var ticks = 0
        while kill(try #require(child), 0) == 0, ticks < 1000, !isZombie(try #require(child)) {
            try await Task.sleep(for: .milliseconds(5))
            ticks += 1
        }
        #expect(ticks < 1000)
    }

    private func isZombie(_ process: pid_t) -> Bool {
        guard let bytes = try? TrainingFile.read("/proc/\(process)/stat") else { return true }
        return String(decoding: bytes, as: UTF8.self).contains(") Z ")
    }
}
