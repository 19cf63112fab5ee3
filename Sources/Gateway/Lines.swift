import HTTPClient
import Settings

/// One worker's connections to the models of one set of settings.
///
/// A reload makes new lines; those whose endpoint stayed the same take the warm connections along.
final class Lines {
    let snapshot: Snapshot
    private let upstreams: [Upstream]
    private let byEndpoint: [UpstreamEndpoint: Upstream]

    init(_ snapshot: Snapshot, client: HTTPClient, keeping old: Lines?) {
        self.snapshot = snapshot
        var byEndpoint: [UpstreamEndpoint: Upstream] = [:]
        upstreams = snapshot.models.map { model in
            let upstream =
                byEndpoint[model.endpoint] ?? old?.byEndpoint[model.endpoint]
                ?? client.upstream(model.endpoint, admission: model.admission)
            byEndpoint[model.endpoint] = upstream
            return upstream
        }
        self.byEndpoint = byEndpoint
    }

    func upstream(of model: ServedModel) -> Upstream {
        upstreams[model.line]
    }
}
