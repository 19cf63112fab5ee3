import ArgumentParser
import Glibc

/// The command line. Exit codes: 0 done, 1 the thing asked about is not so, 2 wrong usage or configuration.
@main
struct Understudy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "understudy",
        abstract: "A low-latency inference gateway: small model first, judged; the large one where it must be.",
        subcommands: [Serve.self, Check.self, Explain.self, Candidates.self, Key.self]
    )

    static func main() {
        // Usage is shown of the command that was meant.
        var meant: any ParsableCommand.Type = Self.self
        do {
            var command = try parseAsRoot()
            meant = type(of: command)
            try command.run()
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            switch meant.exitCode(for: error) {
            case .success:
                // --help and the like.
                print(meant.fullMessage(for: error))
            case .validationFailure:
                Terminal.complain(meant.fullMessage(for: error))
                Glibc.exit(2)
            default:
                Terminal.complain("understudy: \(error)")
                Glibc.exit(1)
            }
        }
    }
}

/// The settings file that nearly every command needs.
struct ConfigOption: ParsableArguments {
    @Option(name: .long, help: "The settings file.")
    var config: String
}
