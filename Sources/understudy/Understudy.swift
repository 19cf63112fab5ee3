import ArgumentParser
import Glibc

/// The command line. Exit codes: 0 done, 1 the thing asked about is not so, 2 wrong usage or configuration.
@main
struct Understudy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "understudy",
        abstract: "A low-latency inference gateway: small model first, judged; the large one where it must be.",
        subcommands: [Serve.self, Check.self, Candidates.self, Key.self]
    )

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                print(text)
                Glibc.exit(0)
            }
            Terminal.complain(text)
            Glibc.exit(2)
        }
    }
}

/// The settings file that nearly every command needs.
struct ConfigOption: ParsableArguments {
    @Option(name: .long, help: "The settings file.")
    var config: String
}
