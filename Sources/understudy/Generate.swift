import ArgumentParser
import Harvest
import JSON
import Judgment
import Settings
import Synchronization
import Training

/// `understudy generate`
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make training examples for a route with its large model.",
        discussion: """
            Inputs come from a file, from what was logged under an older contract, or are invented by the large model: \
            topics first, then inputs about each, after the route's own prompt and a few inputs that it was sent. Each \
            is answered as the route asks large, and the answer must pass the route's checks: one that fails is asked \
            once more with the failure quoted, and kept out if it fails again. What is kept are candidates of the store, \
            to be reviewed and exported like any other.

            A run that is killed goes on where it was when it is started again, and pays for nothing twice. The exit \
            code is 1 where it ends before it is complete.
            """
    )

    @Argument(help: "The route that the examples are for.") var route: String
    @OptionGroup var options: ConfigOption
    @OptionGroup var generating: GeneratingOptions
    @OptionGroup var spending: SpendingOptions
    @Flag(
        help: ArgumentHelp(
            "Have the inputs answered by the provider's batches: within a day, and for less.",
            discussion: "A run that is ended meanwhile finds its batch when it is started again."
        )
    )
    var batch = false
    @Flag(help: "End with one JSON object.") var json = false

    func run() throws {
        let settings = try Check.load(options.config)
        guard let route = settings.routes[route] else { throw ValidationError("no route is named '\(route)'") }
        let inputs = try generating.source(for: route)
        let store = try openStore(settings)
        let environment = settings.server.environment
        let journal = try Journal(file: TrainingFolder.journal(of: route, settings), redactor: route.redactor)
        let asker = Asker(route, purse: spending.purse, journal: journal, atOnce: generating.atOnce)
        let (count, agree) = (generating.count, generating.agree)
        let batches = batch ? Batches(ledger: store, report: Terminal.complain) : nil
        let plan = try waitFor {
            try await GenerationPlan(
                inputs,
                count: count,
                agree: agree,
                asker: asker,
                environment: environment,
                store: store
            )
        }
        try spending.approve(plan.estimate)
        let bar = Mutex(ProgressLine())
        let report = try waitFor {
            let report = try await plan.carryOut(
                by: asker,
                agree: agree,
                environment: environment,
                store: store,
                batches: batches,
                resumed: { Terminal.complain("goes on with run \($0), which was cut short") },
                progress: { report in bar.withLock { $0.show(report.line) } }
            )
            await asker.close()
            await journal.close()
            await store.close()
            return report
        }
        bar.withLock { $0.end() }
        say(report)
        if !report.isComplete { throw ExitCode(1) }
    }

    private func say(_ report: GenerationReport) {
        Terminal.complain(
            "\(report.kept) candidates, \(report.wanted) wanted; large was asked \(report.asked - report.remembered) "
                + "times, \(report.remembered) answers were there already; \(report.spent.dollars)"
        )
        if !report.losses.isEmpty { Terminal.complain("kept out: \(report.losses.joined(separator: ", "))") }
        if let stopped = report.stopped {
            Terminal.complain("stopped early: \(stopped)\nthe same command goes on from here")
        }
        guard json else { return }
        Terminal.write(report.tree.encode() + [UInt8(ascii: "\n")])
    }
}

/// Which inputs, and how they are answered: of `generate` and `cycle`.
struct GeneratingOptions: ParsableArguments {
    @Option(
        help: "How many examples to invent, or of the inputs to take. Left out: what the route's kind needs, or all."
    )
    var count: Int?

    @Option(
        help: ArgumentHelp(
            "Inputs: a text, one a line; or .jsonl, each an object with 'input' or 'messages', perhaps 'metadata' and "
                + "'expected'. - is standard input.",
            valueName: "file"
        )
    )
    var inputs: String?

    @Flag(help: "Inputs of the store that have answers under an older contract only.")
    var logged = false

    @Option(
        help: ArgumentHelp(
            "Inputs to invent others after, a file like that of --inputs. Left out: a few of the store.",
            valueName: "file"
        )
    )
    var examples: String?

    @Option(help: "Keep only what large answers so many times alike.")
    var agree = 1

    @Option(help: "Calls under way at once.")
    var atOnce = 16

    func validate() throws {
        if let count, count < 0 { throw ValidationError("--count is a number from 0") }
        guard (1...20).contains(agree) else { throw ValidationError("--agree is a number from 1 to 20") }
        guard (1...256).contains(atOnce) else { throw ValidationError("--at-once is a number from 1 to 256") }
        if inputs != nil, logged { throw ValidationError("--inputs or --logged, not both") }
        if examples != nil, inputs != nil || logged {
            throw ValidationError("--examples is for inputs that are invented: leave --inputs and --logged out")
        }
    }

    func source(for route: RouteSettings) throws -> GenerationPlan.Inputs {
        if let inputs { return .given(try Self.read(inputs, for: route)) }
        if logged { return .logged }
        let after = try examples.map { try Self.read($0, for: route).map(\.text).filter { !$0.isEmpty } }
        return .invented(after: after)
    }

    /// Of a cycle: what is given, else what has to be asked again, and then what is made up.
    func sources(for route: RouteSettings) throws -> [GenerationPlan.Inputs] {
        let source = try source(for: route)
        if case .invented = source { return [.logged, source] }
        return [source]
    }

    private static func read(_ file: String, for route: RouteSettings) throws -> [GivenInput] {
        let most = 1 << 30
        let bytes = try Terminal.read(file, most: most)
        guard bytes.count <= most else { throw ValidationError("\(file) is larger than 1 GiB: split it") }
        // What is piped in says itself what it is.
        let name = file == "-" ? (bytes.first == UInt8(ascii: "{") ? "-.jsonl" : "-") : file
        let read = InputFile(bytes, name: name, for: route)
        for note in read.notes { Terminal.complain("note: \(note)") }
        guard read.problems.isEmpty else {
            for problem in read.problems.prefix(100) {
                Terminal.complain("\(file):\(problem.line): \(problem.message)")
            }
            if read.problems.count > 100 { Terminal.complain("... and \(read.problems.count - 100) more") }
            Terminal.complain("nothing was asked: \(read.problems.count) of the lines are wrong")
            throw ExitCode(2)
        }
        return read.inputs
    }
}

extension GenerationReport {
    /// For the terminal, while it runs.
    var line: String {
        let width = 24
        let done = isInvented ? kept : decided
        let full = wanted > 0 ? min(width, done * width / wanted) : 0
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
        return "[\(bar)] \(done)/\(wanted), \(kept) kept, \(asked) answers, \(spent.dollars)"
    }
}
