import ArgumentParser
import Glibc
import Harvest
import JSON
import Judgment
import Settings
import Synchronization
import Training

/// `understudy evaluate`
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a small model against the large one; exit 1 if it does not meet the bar for going live.",
        discussion: """
            Both are asked about inputs that nothing was trained on: audited traffic, or, until there are 100 of \
            those, a fifth of the generated and given inputs, and then every figure says synthetic. Each share comes \
            with the bound that it reaches for certain; the more often the same inputs were looked at, the surer that \
            has to be.

            Paid answers are remembered: a run that is killed goes on where it was, at the same figures.
            """
    )

    @Argument(help: "The route.") var route: String
    @OptionGroup var options: ConfigOption

    @Option(help: "The small model, as its provider names it. Left out: the latest version, else that of the settings.")
    var model: String?

    @Option(help: ArgumentHelp("Write the report with its plot as a page of its own.", valueName: "file"))
    var html: String?

    @OptionGroup var spending: SpendingOptions
    @Flag(help: "One JSON object.") var json = false

    func run() throws {
        let settings = try Check.load(options.config)
        guard let route = settings.routes[route] else { throw ValidationError("no route is named '\(route)'") }
        let store = try openStore(settings)
        let journal = try Journal(file: TrainingFolder.journal(of: route, settings), redactor: route.redactor)
        let (model, purse) = (model, spending.purse)
        let evaluating = try waitFor {
            try await Evaluating(
                route,
                environment: settings.server.environment,
                model: model,
                purse: purse,
                journal: journal,
                store: store
            )
        }
        try spending.approve(evaluating.plan.estimate)
        let line = Mutex(ProgressLine())
        let evaluation = try waitFor {
            let evaluation = try await evaluating.run { done, total in
                line.withLock { $0.show("asked about \(done) of \(total) inputs") }
            }
            await journal.close()
            await store.close()
            return evaluation
        }
        line.withLock { $0.end() }
        if let html { try Self.write(EvaluationPage(evaluation).html, to: html) }
        if json {
            Terminal.write(evaluation.json.encode(pretty: true) + [UInt8(ascii: "\n")])
        } else {
            Terminal.write(Array(EvaluationTable(evaluation).text.utf8))
        }
        if !evaluation.bar.isMet { throw ExitCode(1) }
    }

    private static func write(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw ValidationError("\(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw ValidationError("\(path): \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }
}
