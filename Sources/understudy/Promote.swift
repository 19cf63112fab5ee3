import ArgumentParser
import Glibc
import Harvest
import Settings

/// `understudy promote`
struct Promote: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a version of a route's small model into service, on trial first or at once.",
        discussion: """
            Every gateway on the store has it within a second; none need be running. The version's evaluation must meet \
            the bar, and the version must have been trained for the contract in force: otherwise nothing changes and the \
            exit code is 1. With 'canary:' in the route's settings, or --canary, a share of the traffic has it first, and \
            the gateways decide; where small has not answered for an hour nobody would notice, and it is promoted at once.
            """
    )

    @Argument(help: "The route.") var route: String
    @OptionGroup var options: ConfigOption
    @Option(help: "The version's model, as its provider names it; left out: the newest.") var model: String?
    @Option(help: "The share of inputs that has it first, such as 5%; at most 50%.") var canary: Share?
    @Flag(help: "All the traffic at once.") var now = false
    @Option(help: "Go past what stands in the way, and say why: it stays on the record.") var force: String?
    @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false

    func validate() throws {
        if canary != nil, now { throw ValidationError("--canary and --now contradict each other") }
        if let canary, canary.value > 0.5 {
            throw ValidationError("--canary: at most 50%, since as many are the control it is compared with")
        }
        if let force, force.isEmpty { throw ValidationError("--force: say why") }
    }

    func run() throws {
        let settings = try Check.load(options.config)
        let route = try settings.promotable(route)
        let order = PromotionOrder(
            route: route.name,
            environment: settings.server.environment,
            file: route.small?.model,
            contract: route.contract,
            model: model,
            way: way(route),
            by: Terminal.user,
            force: force
        )
        try Terminal.confirm("Put \(model ?? "the newest version") into service on \(route.name)?", unless: yes)
        let store = try openStore(settings)
        let outcome = try inStore { try await store.carryOut(order) }
        switch outcome {
        case .promoted(let service):
            Terminal.complain("\(service.model ?? "") is in service on \(route.name)")
        case .onTrial(let canary):
            Terminal.complain(
                "\(canary.challenger.model ?? "") is on trial with \(canary.share * 100) % of \(route.name), "
                    + "until \(canary.endsAt.rfc3339) at the latest; the gateways decide"
            )
        case .refused(let reasons):
            for reason in reasons { Terminal.complain(reason) }
            Terminal.complain("nothing changed; --force REASON goes past this, on the record")
            throw ExitCode(1)
        }
    }

    private func way(_ route: RouteSettings) -> PromotionOrder.Way {
        let within = route.canary.map { Int($0.within.components.seconds) } ?? 7 * 86_400
        guard !now, let share = canary?.value ?? route.canary?.share else { return .now }
        return .canary(share: share, within: within)
    }
}

/// `understudy rollback`
struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End a trial, or bring the version before back into service.",
        discussion: "Every gateway on the store has it within a second. Again: one version further back."
    )

    @Argument(help: "The route.") var route: String
    @OptionGroup var options: ConfigOption
    @Option(help: "Why, for the record.") var reason = "asked for"

    func run() throws {
        let settings = try Check.load(options.config)
        let route = try settings.promotable(route)
        let store = try openStore(settings)
        let (environment, reason) = (settings.server.environment, reason)
        let name = route.name
        let done = try inStore {
            try await store.rollBack(route: name, environment: environment, by: Terminal.user, reason: reason)
        }
        guard let done else {
            Terminal.complain("\(name): nothing was promoted before, and nothing is on trial")
            throw ExitCode(1)
        }
        Terminal.complain("\(done.gone.model ?? "no model") went")
        Terminal.complain("\(done.now.current.model ?? "no small model: large answers") is in service on \(name)")
    }
}

extension GatewaySettings {
    /// The route, where it has a place for a version.
    func promotable(_ name: String) throws -> RouteSettings {
        guard let route = routes[name] else { throw ValidationError("no route is named '\(name)'") }
        guard route.small != nil else {
            throw ValidationError("route '\(name)' has no 'small:' entry for a version to fill in")
        }
        return route
    }
}

/// Work on the store; exit code 1 with its words where it does not do it.
func inStore<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
    do {
        return try waitFor(work)
    } catch let error as StoreError {
        Terminal.complain("\(error)")
        throw ExitCode(1)
    }
}

extension Terminal {
    /// Asks on a terminal; elsewhere nobody is there to answer, and whoever wrote the command meant it.
    static func confirm(_ question: String, unless isSure: Bool) throws {
        guard !isSure, isatty(STDIN_FILENO) == 1 else { return }
        write(Array("\(question) [y/N] ".utf8))
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else { throw ExitCode(1) }
    }
}
