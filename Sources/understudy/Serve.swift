import ArgumentParser
import Console
import Gateway

/// `understudy serve`
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway until SIGTERM or SIGINT; SIGHUP reloads."
    )

    @OptionGroup var options: ConfigOption

    @Option(
        help: ArgumentHelp(
            "Where the access log goes, instead of standard output.",
            discussion: "SIGHUP opens the file again, for whoever has moved it away.",
            valueName: "file"
        )
    )
    var accessLog: String?

    func run() throws {
        let code = Gateway.serve(
            file: options.config,
            environment: Terminal.environment,
            accessLogFile: accessLog,
            site: { Console(host: $0, cycles: CycleProcess(config: options.config)) }
        )
        throw ExitCode(code)
    }
}
