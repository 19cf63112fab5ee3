import ArgumentParser
import Gateway
import Settings

/// `understudy check`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is wrong with a settings file, all at once; exit 2 if anything is."
    )

    @OptionGroup var options: ConfigOption

    @Flag(help: "Print all settings in force, defaults included, secrets masked.")
    var effective = false

    @Flag(help: "Send each model one small request, and say whether log-probabilities come back. Costs a few tokens.")
    var ask = false

    func run() throws {
        let settings = try Self.load(options.config)
        for note in settings.notes { Terminal.complain("note: \(note)") }
        if effective { Terminal.write(Array(settings.effectiveYAML.utf8)) }
        if !effective { print("\(options.config): ok, version \(settings.version)") }
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
