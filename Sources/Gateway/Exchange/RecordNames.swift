import Harvest
import Judgment
import Settings

/// A route's words as exchange records refer to them: looked up when the settings are loaded.
struct RecordNames: Sendable {
    let route: NameIndex
    let environment: NameIndex
    let contract: NameIndex
    let settings: NameIndex
    private let reasons: [NameIndex]
    private let versions: [String: NameIndex]
    private let models: [String: NameIndex]
    private let table: ExchangeNames

    init(_ route: RouteSettings, _ settings: GatewaySettings, table: ExchangeNames) {
        self.route = table.index(of: route.name)
        environment = table.index(of: settings.server.environment)
        self.settings = table.index(of: settings.version)
        contract = table.index(of: route.contract)
        reasons = VerdictReason.all.map { table.index(of: $0.rawValue) }
        models = Dictionary(
            settings.models.values.compactMap(\.model).map { ($0, table.index(of: $0)) },
            uniquingKeysWith: { first, _ in first }
        )
        versions = ["large": table.index(of: "large")]
        self.table = table
    }

    func reason(_ reason: VerdictReason) -> NameIndex { reasons[reason.index] }
    func version(_ version: String) -> NameIndex { versions[version] ?? table.index(of: version) }
    func model(_ name: String) -> NameIndex { models[name] ?? table.index(of: name) }
}
