import ArgumentParser
import Gateway
import Glibc
import Harvest
import Settings
import Training

extension Candidates {
    /// `understudy candidates delete`
    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forgets a request, or everything of a customer, for good.",
            discussion: """
                Candidates with their decisions, cached answers, the lines that training files have of them, copies of \
                such files that 'finetune' uploaded, and the route's journal of paid answers. What cannot be taken back \
                is told: models that were trained on it, files that were given away, backups. Gateways may be serving.
                """
        )

        @OptionGroup var options: ConfigOption
        @Option(name: .customLong("request-id"), help: "The x-request-id of the request.") var requestID: String?
        @Option(help: "KEY=VALUE: everything whose metadata says so.") var metadata: String?

        func run() throws {
            let whom = try whom()
            let settings = try Check.load(options.config)
            let store = try openStore(settings)
            let spool = settings.harvest.spool
            let report = try waitFor {
                let isServed = await drain(spool, into: store)
                let forgetting = Forgetting(store, files: LocalFiles(settings), uploads: ProviderFiles(settings))
                var report = try await forgetting.forget(whom, by: Terminal.user)
                if isServed {
                    // What a gateway was delivering while we began is in the store by now, and no more comes.
                    try? await Task.sleep(for: .milliseconds(1500))
                    report += try await forgetting.forget(whom, by: Terminal.user)
                }
                return report
            }
            for line in report.left { Terminal.complain("left: \(line)") }
            for model in report.models { Terminal.complain("left: the model \(model) was trained on such a line") }
            for upload in report.uploads { Terminal.complain("deleted at its provider: \(upload)") }
            for file in report.files { Terminal.complain("changed: \(file)") }
            Terminal.complain(
                "\(report.candidates) candidates deleted, \(report.cached) cached answers dropped, "
                    + "\(report.lines) lines taken out of training files"
            )
            if report.candidates == 0 { throw ExitCode(1) }
        }

        private func whom() throws -> Forgettable {
            switch (requestID, metadata) {
            case (let id?, nil): return .requestID(id)
            case (nil, let pair?):
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, !parts[0].isEmpty else {
                    throw ValidationError("--metadata: KEY=VALUE, not '\(pair)'")
                }
                return .metadata(String(parts[0]), String(parts[1]))
            default: throw ValidationError("say whose: --request-id ID or --metadata KEY=VALUE")
            }
        }

        /// Brings what an earlier gateway left in its spool into the store.
        /// - Returns: false where no gateway has the spool.
        private func drain(_ directory: String, into store: any Store) async -> Bool {
            guard access(directory, F_OK) == 0 else { return false }
            guard let spool = try? Spool(directory: directory) else { return true }
            let mover = SpoolMover(spool: spool, store: store)
            await mover.start()
            for _ in 0..<1000 where spool.counters.segments > 0 { try? await Task.sleep(for: .milliseconds(10)) }
            spool.close()
            await mover.finish()
            return false
        }
    }
}
