import HTTPClient
import Settings

/// One worker's connections to the models of one set of settings.
///
/// A reload makes new lines; models whose endpoint stayed the same take their warm connections along. Two models of one
/// endpoint have an upstream each, because each has its own limit of calls in flight; connections they share all the
/// same, as the client keeps those by address.
final class Lines {
    let snapshot: Snapshot
    private let upstreams: [Upstream]
    /// An admission is one model's at one endpoint, and outlives a reload that changes neither (`Lasting`).
    private let byAdmission: [ObjectIdentifier: Upstream]

    init(_ snapshot: Snapshot, client: HTTPClient, keeping old: Lines?) {
        self.snapshot = snapshot
        var byAdmission: [ObjectIdentifier: Upstream] = [:]
        upstreams = snapshot.models.map { model in
            let id = ObjectIdentifier(model.admission)
            let upstream =
                old?.byAdmission[id] ?? client.upstream(model.endpoint, admission: model.admission)
            byAdmission[id] = upstream
            return upstream
        }
        self.byAdmission = byAdmission
    }

    func upstream(of model: ServedModel) -> Upstream {
        upstreams[model.line]
    }
}
