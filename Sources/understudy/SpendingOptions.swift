import ArgumentParser
import Glibc
import Training

/// What every command that pays for calls is told about money: its budget, and whether it may begin.
struct SpendingOptions: ParsableArguments {
    @Option(help: "US dollars that all calls of this command may cost together. Hard: nothing is asked beyond them.")
    var budget: Dollars?

    @Flag(help: "Begin without asking. Without --budget, only where the estimate is at most 10 USD.")
    var yes = false

    var purse: Purse { Purse(limit: budget?.amount) }

    /// Says what it will cost, and asks whether it may begin.
    /// - Throws: the exit code where it may not.
    func approve(_ estimate: Estimate) throws {
        Terminal.complain("estimate: \(estimate.line)")
        if budget != nil, estimate.isPriceMissing {
            throw ValidationError("--budget: a model has no 'price' in the settings, so what is spent is not known")
        }
        try approve(cost: estimate.cost, pays: estimate.calls > 0)
    }

    /// The same of work whose cost was told already.
    /// - Parameter pays: whether anything is paid for at all.
    func approve(cost: Double, pays: Bool) throws {
        if let budget, cost > budget.amount {
            Terminal.complain(
                "that is more than the budget: it ends when \(budget.amount.dollars) are spent, and can go on later"
            )
        }
        if yes {
            guard budget == nil, cost > Self.mostUnasked else { return }
            throw ValidationError("--yes: the estimate is above 10 USD; say how much it may be with --budget")
        }
        if !pays { return }
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            throw ValidationError("calls cost money, and nobody is here to ask: begin with --yes")
        }
        let question = Array("Begin? [y/N] ".utf8)
        _ = Glibc.write(STDERR_FILENO, question, question.count)
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            Terminal.complain("nothing was asked")
            throw ExitCode(1)
        }
    }

    private static let mostUnasked = 10.0
}

/// `5`, `0.50` or `5 USD`.
struct Dollars: ExpressibleByArgument {
    let amount: Double

    init?(argument: String) {
        var text = Substring(argument)
        if text.hasSuffix("USD") { text = text.dropLast(3) }
        while text.last == " " { text.removeLast() }
        guard let amount = Double(text), amount.isFinite, amount >= 0 else { return nil }
        self.amount = amount
    }
}
