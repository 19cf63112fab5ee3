import ArgumentParser
import Gateway
import Settings

/// `understudy check`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is wrong with a settings file, all at once; exit 2 if anything is.",
        discussion: """
            With --ask the exit code is 1 if a model does not answer, or if a route's confidence needs \
            log-probabilities that its small model does not give.
            """
    )

    @OptionGroup var options: ConfigOption

    @Flag(help: "Print all settings in force, defaults included, secrets masked.")
    var effective = false

    @Flag(help: "Send each model one small request, and say whether log-probabilities come back. Costs a few tokens.")
    var ask = false

    func run() throws {
        let settings = try Self.load(options.config)
        for note in settings.notes { Terminal.complain("warning: \(note)") }
        for warning in versionWarnings(of: settings) { Terminal.complain("warning: \(warning)") }
        if effective { Terminal.write(Array(settings.effectiveYAML.utf8)) }
        if !effective { Terminal.write(Array("\(options.config): ok, version \(settings.version)\n".utf8)) }
        if ask { try askModels(of: settings) }
    }

    private func askModels(of settings: GatewaySettings) throws {
        let check = try ModelCheck(settings)
        let reports = try waitFor { try await check.ask { Terminal.write(Array("\($0.line)\n".utf8)) } }
        let complaints = settings.complaints(about: reports)
        for complaint in complaints { Terminal.complain(complaint) }
        if !complaints.isEmpty || reports.contains(where: \.isFailed) { throw ExitCode(1) }
    }

    /// The settings, or all that is wrong with them on standard error and exit code 2.
    static func load(_ file: String) throws -> GatewaySettings {
        do throws(SettingsErrors) {
            return try GatewaySettings.load(file: file, environment: Terminal.environment)
        } catch {
            Terminal.complain("\(error)")
            throw ExitCode(2)
        }
    }
}
