import ArgumentParser
import Glibc

/// The command line. Exit codes: 0 done, 1 the thing asked about is not so, 2 wrong usage or configuration.
@main
struct Understudy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "understudy",
        abstract: "A low-latency inference gateway: small model first, judged; the large one where it must be.",
        subcommands: [
            Serve.self, Check.self, Explain.self, Candidates.self, Generate.self, Finetune.self, Evaluate.self,
            CycleCommand.self,
            Promote.self, Rollback.self, Versions.self, StoreCommand.self, Key.self,
        ]
    )

    static func main() {
        // The command that was meant, once that is known.
        var meant: (any ParsableCommand.Type)?
        do {
            var command = try parseAsRoot()
            meant = type(of: command)
            try command.run()
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let (text, code) = saying(error, of: meant)
            if code == 0 { Terminal.write(Array("\(text)\n".utf8)) } else { Terminal.complain(text) }
            Glibc.exit(code)
        }
    }

    private static func saying(_ error: any Error, of meant: (any ParsableCommand.Type)?) -> (String, CInt) {
        switch (exitCode(for: error), meant) {
        // A group of commands, and none of them named.
        case (.success, let group?) where !group.configuration.subcommands.isEmpty:
            return (helpMessage(for: group), 2)
        case (.success, _): return (fullMessage(for: error), 0)
        case (.validationFailure, nil): return (fullMessage(for: error), 2)
        case (.validationFailure, let command?):
            return ("Error: \(message(for: error))\nUsage: \(usageString(for: command))", 2)
        default: return ("understudy: \(error)", 1)
        }
    }
}

/// The settings file that nearly every command needs.
struct ConfigOption: ParsableArguments {
    @Option(name: .long, help: "The settings file.")
    var config: String
}
