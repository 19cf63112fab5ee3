import Cache
import Completions
import Digest
import Harvest
import JSON
import Judgment
import Loop
import Settings
import Statistics

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
    func routeList() async -> [UInt8] {
        var findings: [String: CanaryJudge.Finding] = [:]
        for (name, arms) in snapshot.arms {
            findings[name] = try? await store.finding(on: arms.canary, route: name)
        }
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for route in snapshot.routes.values.sorted(by: { $0.name < $1.name }) {
            write(route, findings[route.name], to: &writer)
        }
        writer.endArray()
        writer.name("next")
        writer.null()
        writer.endObject()
        return writer.bytes
    }

    private func write(_ route: ServedRoute, _ finding: CanaryJudge.Finding?, to writer: inout JSONWriter) {
        let settings = route.settings
        writer.beginObject()
        writer.name("route")
        writer.string(route.name)
        writer.name("contract")
        writer.string(settings.contract)
        writer.name("small")
        if let small = settings.small { Self.write(small, to: &writer) } else { writer.null() }
        writer.name("large")
        Self.write(settings.large, to: &writer)
        writer.name("checks")
        writer.strings(settings.checks)
        writer.name("confidence")
        if let rule = settings.confidence {
            writer.beginObject()
            writer.name("score")
            writer.string(rule.scoreName)
            writer.name("threshold")
            if rule.threshold.isFinite { writer.number(rule.threshold) } else { writer.null() }
            writer.endObject()
        } else {
            writer.null()
        }
        writeVersions(of: route, finding, to: &writer)
        writer.endObject()
    }

    /// Who named the small model, what is on trial, and whether it was trained for what is asked of it now.
    private func writeVersions(of route: ServedRoute, _ finding: CanaryJudge.Finding?, to writer: inout JSONWriter) {
        let promotion = promotions[route.name]
        writer.name("version")
        if case .promoted(let service) = route.standing { service.write(to: &writer) } else { writer.null() }
        writer.name("file_model")
        if let model = fileModel(of: route.name) { writer.string(model) } else { writer.null() }
        writer.name("file_wins")
        if case .fileWins = route.standing { writer.bool(true) } else { writer.bool(false) }
        writer.name("stale")
        if route.standing.contract == nil { writer.null() } else { writer.bool(route.isSmallStale) }
        writer.name("promotion")
        if let promotion { promotion.write(to: &writer) } else { writer.null() }
        writer.name("canary")
        if let canary = snapshot.arms[route.name]?.canary { canary.write(to: &writer) } else { writer.null() }
        writer.name("canary_finding")
        if let finding { finding.write(to: &writer) } else { writer.null() }
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
