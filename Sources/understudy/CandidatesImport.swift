public import ArgumentParser
public import Harvest
import Judgment
import Settings

extension Candidates {
    /// `understudy candidates import`
    struct ImportFile: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Examples from a file, as candidates of a route: all of them or none.",
            discussion: """
                JSON lines of either dialect, {"messages": [...]} or {"prompt": "...", "completion": "..."}, or a table \
                (CSV) with columns named input and output, or prompt and completion. The route's checks must pass. \
                What is there already is passed over.
                """
        )

        @OptionGroup var options: ConfigOption
        @Argument(help: "The file; - for standard input.") var file: String
        @Option(help: "The route that the examples are of.") var route: String
        @Option(help: "jsonl or csv; left out: by the file's name.") var format: ImportFormat?
        @Flag(help: "Keep answers that the route's checks object to, for a reviewer to mend.") var keepFailing = false
        @Flag(help: "Check the file, and change nothing.") var dryRun = false

        func run() throws {
            let settings = try Check.load(options.config)
            guard let route = settings.routes[route] else {
                throw ValidationError("--route: no route is named '\(route)'")
            }
            guard let format = format ?? ImportFormat(path: file) else {
                throw ValidationError("--format: jsonl or csv? The name of '\(file)' does not say")
            }
            let most = 1 << 30
            let bytes = try Terminal.read(file, most: most)
            guard bytes.count <= most else { throw ValidationError("\(file) is larger than 1 GiB: split it") }
            let target = ImportTarget(
                route: route.name,
                environment: settings.server.environment,
                contract: route.contract,
                prompt: route.trainingTarget.map { SmallPrompt($0) },
                checks: route.judge.checks,
                redactor: route.redactor
            )
            let read = Import(bytes, format, to: target, keepsFailing: keepFailing)
            for note in read.notes { Terminal.complain("note: \(note)") }
            guard read.problems.isEmpty else {
                for problem in read.problems.prefix(100) {
                    Terminal.complain("\(file):\(problem.line): \(problem.message)")
                }
                if read.problems.count > 100 { Terminal.complain("... and \(read.problems.count - 100) more") }
                Terminal.complain("nothing imported: \(read.problems.count) of the lines are wrong")
                throw ExitCode(1)
            }
            if read.failing > 0 { Terminal.complain("note: \(read.failing) fail the route's checks") }
            guard !dryRun else {
                return Terminal.complain("\(read.candidates.count) examples are fine; nothing changed")
            }
            let store = try openStore(settings)
            let done = try waitFor {
                var read = read
                _ = try await read.keep(in: store, by: Terminal.user)
                return read
            }
            let known = done.known > 0 ? ", \(done.known) were there already" : ""
            Terminal.complain("\(done.candidates.count) candidates imported\(known)")
        }
    }
}

extension ImportFormat: ExpressibleByArgument {}
