import ArgumentParser
import Gateway

/// `understudy serve`
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway until SIGTERM or SIGINT; SIGHUP reloads."
    )

    @OptionGroup var options: ConfigOption

    func run() throws {
        let code = Gateway.serve(file: options.config, environment: Terminal.environment)
        throw ExitCode(code)
    }
}
