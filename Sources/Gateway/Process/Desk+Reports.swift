import Cache
import Completions
import Digest
import Harvest
import JSON
import Judgment
import Loop
import Settings

extension Desk {
    /// `GET /admin/v1/config`: no secrets.
    var configuration: [UInt8] {
        let file = snapshot.settings.file
        let started = started
        let at = lastReload.at.rfc3339
        return lastReload.encode { writer in
            writer.name("loaded")
            writer.string(at)
            writer.name("file")
            writer.string(file)
            writer.name("started")
            writer.string(started.rfc3339)
        }
    }

    /// `GET /admin/v1/routes`
    var routeList: [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for route in snapshot.routes.values.sorted(by: { $0.name < $1.name }) { Self.write(route, to: &writer) }
        writer.endArray()
        writer.name("next")
        writer.null()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ route: ServedRoute, to writer: inout JSONWriter) {
        let settings = route.settings
        writer.beginObject()
        writer.name("route")
        writer.string(route.name)
        writer.name("contract")
        writer.string(settings.contract)
        writer.name("small")
        if let small = settings.small { write(small, to: &writer) } else { writer.null() }
        writer.name("large")
        write(settings.large, to: &writer)
        writer.name("checks")
        writer.strings(settings.checks)
        writer.name("confidence")
        if let rule = settings.confidence {
            writer.beginObject()
            writer.name("score")
            writer.string(rule.scoreName)
            writer.name("threshold")
            writer.number(rule.threshold)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
    }

    private static func write(_ model: ModelSettings, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("name")
        writer.string(model.name)
        writer.name("model")
        if let name = model.model { writer.string(name) } else { writer.null() }
        writer.name("api")
        writer.string(model.api.rawValue)
        writer.endObject()
    }

    /// `GET /metrics`
    func scrape() -> [UInt8] {
        shared.metrics.text()
    }

    var readiness: Health {
        shared.readiness(
            isDraining: isStopping,
            redis: snapshot.settings.cache.redis == nil ? nil : shared.redis.all.last
        )
    }

    /// A review that rejects or edits an answer takes it out of the caches of this gateway and out of Redis.
    func dropStored(_ candidate: Candidate, after decision: Decision) async {
        guard decision.verb == .reject || decision.verb == .edit else { return }
        guard let hex = candidate.cacheKey, let key = Digest32(hex: hex).map(CacheKey.init) else { return }
        shared.board.drop(key)
        await workers.first?.deleteStored(key)
    }
}
