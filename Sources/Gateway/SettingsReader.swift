import Loop
import Settings

/// Reads settings on a thread of its own: YAML, templates and schemas are blocking work.
actor SettingsReader {
    nonisolated let loop = Loop.start(name: "settings")
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let file: String
    private let environment: [String: String]

    init(file: String, environment: [String: String]) {
        self.file = file
        self.environment = environment
    }

    func load() throws(SettingsErrors) -> GatewaySettings {
        try GatewaySettings.load(file: file, environment: environment)
    }
}
