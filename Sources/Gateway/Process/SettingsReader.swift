import Cache
import Harvest
import Loop
import Settings

/// Reads and compiles settings on a thread of its own: YAML, templates, schemas and certificates are blocking work.
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

    /// Settings that cannot be put into force throw, and change nothing.
    func compile(
        _ settings: GatewaySettings,
        _ promotions: [String: Promotion],
        shared: Shared
    ) throws -> Snapshot {
        try RecordLog.prepare(directory: settings.harvest.records)
        return try Snapshot(settings, promotions, shared: shared)
    }

    /// What this gateway knew when it ran last.
    func lastPromotions(_ file: PromotionFile) -> [String: Promotion] {
        file.read()
    }

    func keep(_ promotions: [String: Promotion], in file: PromotionFile) -> String? {
        file.write(promotions)
    }

    /// Here too, because a smaller cache first has to let go of what does not fit.
    func limit(_ board: AnswerBoard<Landing>, memory: Int) {
        board.limit(memory: memory)
    }
}
