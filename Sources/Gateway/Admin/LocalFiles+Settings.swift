public import Harvest
public import Settings

extension LocalFiles {
    public init(_ settings: GatewaySettings) {
        let journals = settings.routes.mapValues { TrainingFolder.journal(of: $0, settings) }
        let isShared = if case .postgresql = settings.harvest.store { true } else { false }
        self.init(spool: settings.harvest.spool, journals: journals, hasNeighbours: isShared)
    }
}
