import ArgumentParser
import Harvest
import JSON
import Settings
import Training

/// `understudy finetune ROUTE`
struct Finetune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train the next small model of a route: data set, job, version.",
        discussion: """
            What will be done and what it costs comes first. The data set has the answers to the contract in force: \
            reviewed ones before answers to clients before generated ones; nothing that failed its checks, broke off or \
            is held out to measure with.

            A run that is killed goes on where it was when it is started again: nothing is uploaded, made or paid for \
            twice. The model is not in service by that; evaluate and promote it. The exit code is 1 where it is not \
            trained.
            """
    )

    @Argument(help: "The route.") var route: String
    @OptionGroup var options: ConfigOption
    @OptionGroup var spending: SpendingOptions
    @Option(
        help: ArgumentHelp(
            "Train on parts that grow, such as 50,200,1000, a model of each, and measure them: where more stops helping.",
            valueName: "counts"
        )
    )
    var curve: String?
    @Flag(help: "Say what would be done and what it costs, and end.") var plan = false
    @Flag(help: "End the route's training, at the provider too.") var cancel = false
    @Flag(help: "End with one JSON object.") var json = false

    func validate() throws {
        if plan, cancel { throw ValidationError("--plan or --cancel, not both") }
        _ = try parts()
    }

    /// How many examples each model learns from; nil: all there are.
    private func parts() throws -> [Int?] {
        guard let curve else { return [nil] }
        let counts = curve.split(separator: ",").map { Int($0.filter { $0 != " " }) ?? 0 }
        guard !counts.isEmpty, counts.allSatisfy({ $0 > 0 }), counts == counts.sorted() else {
            throw ValidationError("--curve: numbers of examples that grow, such as 50,200,1000")
        }
        return counts
    }

    func run() throws {
        let settings = try Check.load(options.config)
        guard let route = settings.routes[route] else { throw ValidationError("no route is named '\(route)'") }
        guard let training = route.training else {
            throw ValidationError("routes.\(route.name).training is missing: it says who trains, and what from")
        }
        let store = try openStore(settings)
        let purse = spending.purse
        let directory = TrainingFolder.path(of: route, settings)
        let trainer = try KnownTrainers.make(training, directory: directory)
        let work = FineTuning(
            route: route,
            training: training,
            environment: settings.server.environment,
            store: store,
            directory: directory,
            trainer: trainer,
            purse: purse,
            by: Terminal.user
        )
        do {
            if cancel { return try end(work, trainer) }
            let parts = try parts()
            let plans = try waitFor {
                var plans: [FineTuning.Plan] = []
                for most in parts { plans.append(try await work.plan(most: most)) }
                return plans
            }
            try show(plans)
            if plan {
                if json { Terminal.write(JSONTree.array(plans.map(\.tree)).encode() + [UInt8(ascii: "\n")]) }
                return
            }
            let isCurve = curve != nil
            let measuring = isCurve ? try waitFor { try await Self.measuring(plans.count, route, store) } : Estimate()
            try approve(plans, measuring, training)
            let needsAsking = isCurve || plans.contains(where: \.needsAsking)
            let environment = settings.server.environment
            let (results, learning) = try waitFor {
                let path = TrainingFolder.journal(of: route, settings)
                let journal = needsAsking ? try Journal(file: path, redactor: route.redactor) : nil
                let asker = journal.map { Asker(route, purse: purse, journal: $0) }
                func close() async {
                    await asker?.close()
                    await journal?.close()
                    await trainer.close()
                    await store.close()
                }
                do {
                    var results: [FineTuning.Result] = []
                    for plan in plans {
                        results.append(try await work.run(plan, asking: asker) { Terminal.complain($0) })
                    }
                    var points: [LearningCurve.Point] = []
                    if isCurve, let journal {
                        for result in results {
                            let evaluation = try await Self.measure(
                                result.version.model,
                                route,
                                environment,
                                purse,
                                journal,
                                store
                            )
                            points.append(.init(examples: result.version.examples ?? 0, evaluation: evaluation))
                        }
                    }
                    await close()
                    return (results, LearningCurve(points))
                } catch {
                    await close()
                    throw error
                }
            }
            say(results, learning)
        } catch let failure as TrainingFailure {
            Terminal.complain("not trained: \(failure)")
            throw ExitCode(1)
        } catch let failure as AskFailure {
            Terminal.complain("not measured: \(failure)")
            throw ExitCode(1)
        } catch let over as OverBudget {
            Terminal.complain("not trained: \(over)")
            throw ExitCode(1)
        }
    }

    private func end(_ work: FineTuning, _ trainer: any Trainer) throws {
        let ended = try waitFor {
            do {
                let ended = try await work.cancel()
                await trainer.close()
                return ended
            } catch {
                await trainer.close()
                throw error
            }
        }
        Terminal.complain(ended.isEmpty ? "nothing is being trained" : "cancelled: \(ended.joined(separator: ", "))")
        if ended.isEmpty { throw ExitCode(1) }
    }

    private func show(_ plans: [FineTuning.Plan]) throws {
        for plan in plans {
            for line in plan.lines { Terminal.complain(line) }
            for note in plan.notes { Terminal.complain("note: \(note)") }
        }
        let obstacles = plans.flatMap(\.obstacles)
        for obstacle in obstacles { Terminal.complain("not trained: \(obstacle)") }
        if !obstacles.isEmpty { throw ExitCode(1) }
    }

    /// What it costs to measure so many models.
    private static func measuring(_ models: Int, _ route: RouteSettings, _ store: any Store) async throws -> Estimate {
        let (inputs, each) = Estimate.measuring(try await CyclePlan.examples(of: route, in: store), of: route)
        Terminal.complain("each is measured on about \(inputs) inputs that are not trained on; \(each.line)")
        return (0..<models).reduce(Estimate()) { sum, _ in sum + each }
    }

    private static func measure(
        _ model: String,
        _ route: RouteSettings,
        _ environment: String,
        _ purse: Purse,
        _ journal: Journal,
        _ store: any Store
    ) async throws -> Evaluation {
        let evaluating = try await Evaluating(
            route,
            environment: environment,
            model: model,
            purse: purse,
            journal: journal,
            store: store
        )
        Terminal.complain("measuring \(model)")
        return try await evaluating.run()
    }

    private func approve(_ plans: [FineTuning.Plan], _ measuring: Estimate, _ training: TrainingSettings) throws {
        let cost = plans.reduce(measuring.cost) { $0 + $1.cost }
        if let budget = spending.budget, cost > budget.amount {
            Terminal.complain("not trained: about \(cost.dollars) is more than the budget of \(budget.amount.dollars)")
            throw ExitCode(1)
        }
        if spending.budget != nil, let problem = TrainingPrice.isMissing(training) {
            throw ValidationError("--budget: \(problem)")
        }
        let isNew = plans.contains { if case .train = $0 { true } else { false } }
        try spending.approve(cost: cost, pays: isNew || measuring.calls > 0)
    }

    private func say(_ results: [FineTuning.Result], _ learning: LearningCurve) {
        for result in results {
            let cost = result.job.cost.map { "for \($0.dollars)" } ?? "at a cost that is not known"
            Terminal.complain("\(result.version.model): trained on \(result.version.examples ?? 0) examples \(cost)")
            if let day = result.version.shutdownDate {
                Terminal.complain("warning: its provider shuts it down on \(day.rfc3339.prefix(10))")
            }
        }
        if curve != nil { for line in learning.lines { Terminal.complain(line) } }
        guard json else { return }
        let versions = JSONTree.array(results.map(\.tree))
        let tree =
            curve == nil
            ? results.first?.tree ?? .null
            : .object([.init(name: "versions", value: versions), .init(name: "curve", value: learning.json)])
        Terminal.write(tree.encode() + [UInt8(ascii: "\n")])
    }
}
