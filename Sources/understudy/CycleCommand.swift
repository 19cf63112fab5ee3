import ArgumentParser
import Harvest
import JSON
import Settings
import Training

/// `understudy cycle`
struct CycleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cycle",
        abstract: "One turn of the flywheel: generate, train, evaluate, and put the new small model into service.",
        discussion: """
            The plan and its cost come first. Examples are made by the large model, added to what was harvested and \
            reviewed, and trained on; the new model is measured on inputs that it has not seen, and goes into service, \
            or on trial ('canary:' of the route), where it meets the bar. Otherwise the reason is said, with what would \
            help, and the exit code is 1.

            One turn of a route at a time. One that is killed goes on at its stage when it is started again with the same \
            arguments, with what is left of the budget; nothing is paid twice.
            """
    )

    @Argument(help: "The route.") var route: String
    @OptionGroup var options: ConfigOption
    @OptionGroup var generating: GeneratingOptions
    @OptionGroup var spending: SpendingOptions
    @Flag(help: "Say what would be done and what it costs, and end.") var plan = false
    @Flag(help: "Stop the turn that is under way; it can go on later.") var cancel = false
    @Flag(help: "End with one JSON object.") var json = false
    @Option(help: .hidden) var startedBy: String?

    /// For the store's events.
    private var who: String { startedBy ?? Terminal.user }

    func run() throws {
        let settings = try Check.load(options.config)
        guard let route = settings.routes[route] else { throw ValidationError("no route is named '\(route)'") }
        let store = try openStore(settings)
        if cancel { return try stop(route, store) }
        guard let training = route.training else {
            throw ValidationError("routes.\(route.name).training is missing: it says who trains, and what from")
        }
        guard route.small != nil else {
            throw ValidationError("routes.\(route.name).small is missing: the entry that the new model fills in")
        }
        let (inputs, count, agree) = (try generating.sources(for: route), generating.count, generating.agree)
        let plan = try waitFor {
            try await CyclePlan(
                inputs,
                count: count,
                agree: agree,
                route: route,
                training: training,
                environment: settings.server.environment,
                store: store
            )
        }
        if self.plan, json { return Terminal.write(plan.encode() + [UInt8(ascii: "\n")]) }
        for line in plan.invalid { Terminal.complain("invalid: \(line)") }
        for line in plan.lines { Terminal.complain(line) }
        if self.plan { return Terminal.complain("estimate: \(plan.estimate.line)") }
        if spending.budget != nil, let problem = TrainingPrice.isMissing(training) {
            throw ValidationError("--budget: \(problem)")
        }
        try spending.approve(plan.estimate)
        let record: CycleRecord
        do {
            record = try carryOut(plan, route, training, settings, store)
        } catch let busy as CycleBusy {
            Terminal.complain("\(busy)")
            throw ExitCode(1)
        } catch let failure as AskFailure {
            Terminal.complain("\(failure)")
            throw ExitCode(1)
        }
        try say(record)
    }

    private func stop(_ route: RouteSettings, _ store: any Store) throws {
        let who = who
        guard let id = try waitFor({ try await store.cancelCycle(route: route.name, by: who) }) else {
            Terminal.complain("no cycle of \(route.name) is under way")
            throw ExitCode(1)
        }
        Terminal.complain("\(id) stops within seconds")
    }

    private func carryOut(
        _ plan: CyclePlan,
        _ route: RouteSettings,
        _ training: TrainingSettings,
        _ settings: GatewaySettings,
        _ store: any Store
    ) throws -> CycleRecord {
        let environment = settings.server.environment
        let (budget, agree, atOnce) = (spending.budget?.amount, generating.agree, generating.atOnce)
        let most = generating.count
        let who = who
        if let busy = try waitFor({ try await store.cycleAtWork(route: route.name) }) { throw busy }
        let journal = try Journal(file: TrainingFolder.journal(of: route, settings), redactor: route.redactor)
        let directory = TrainingFolder.path(of: route, settings)
        let trainer = try KnownTrainers.make(training, directory: directory)
        return try waitFor {
            let cycle = try await Cycle.begin(
                route,
                environment: environment,
                arguments: plan.arguments,
                plan: plan.lines,
                count: plan.count,
                budget: budget,
                by: who,
                ledger: store
            )
            if cycle.isResumed { Terminal.complain("goes on with \(await cycle.record.id), which was cut short") }
            let asker = Asker(route, purse: cycle.money, journal: journal, atOnce: atOnce)
            let tuning = FineTuning(
                route: route,
                training: training,
                environment: environment,
                store: store,
                directory: directory,
                trainer: trainer,
                purse: cycle.money,
                by: who
            )
            let stages: [any CycleStage] = [
                CollectStage(plan.inputs, most: most, agree: agree, asker: asker, store: store),
                TrainStage(tuning, of: route, asker: asker, store: store),
                EvaluateStage(route, purse: cycle.money, journal: journal, store: store),
                PromoteStage(route, by: who, ledger: store),
            ]
            let record = try await cycle.run(stages) { Terminal.complain($0) }
            await asker.close()
            await trainer.close()
            await journal.close()
            cycle.close()
            await store.close()
            return record
        }
    }

    /// Figures on standard error, the object on standard output; exit 1 where nothing went into service or on trial.
    private func say(_ record: CycleRecord) throws {
        let result = record.result ?? .null
        Terminal.complain("\(record.id): \(record.state.rawValue), \(record.spent.dollars)")
        for member in result.object ?? [] where !member.value.isNull {
            Terminal.complain(
                "  \(member.name): \(member.value.string ?? String(decoding: member.value.encode(), as: UTF8.self))"
            )
        }
        if json { Terminal.write(result.encode() + [UInt8(ascii: "\n")]) }
        let isUsed = result["promoted"]?.bool == true || result["canary"]?.bool == true
        guard record.state == .done, isUsed else { throw ExitCode(1) }
    }
}
