import Cache
import HTTPClient
import Harvest
import Settings
import Synchronization

extension Shared {
    /// What is looked up at a scrape rather than counted.
    func register(in metrics: Metrics) {
        metrics.source("harvest") { [spool, records, accessLog, operationalLog, audits] samples in
            let kept = spool.counters
            for reason in SpoolTrouble.Reason.allCases {
                samples.add(.harvestErrors, reason.rawValue, value: Double(kept.errors[reason] ?? 0))
            }
            samples.add(.dropped, "spool_damaged", value: Double(kept.tornTails + kept.damaged + kept.unreadable))
            samples.add(.queueDepth, "spool", value: Double(kept.backlog))
            samples.add(.queueDepth, "spool_segments", value: Double(kept.segments))
            samples.add(.dropped, "access_log", value: Double(accessLog.dropped))
            samples.add(.dropped, "log", value: Double(operationalLog.dropped))
            samples.add(.queueDepth, "audit", value: Double(audits.waiting))
            samples.add(.dropped, "audit", value: Double(audits.dropped))
            samples.add(.storeFailing, value: spool.storeTrouble == nil ? 0 : 1)
            samples.add(.dropped, "records", value: Double(records.counters.dropped))
        }
        metrics.source("board") { [board] samples in
            // Its lookups are counted by the workers.
            let found = board.statistics
            samples.add(.cacheBytes, value: Double(found.bytes))
            samples.add(.cacheEntries, value: Double(found.entries))
            samples.add(.flights, value: Double(found.flights))
            let changes = [
                ("stored", found.stored), ("evicted", found.evicted), ("dropped", found.dropped),
                ("too_large", found.tooLarge),
            ]
            for (change, count) in changes { samples.add(.cacheChanges, change, value: Double(count)) }
        }
    }
}

extension Snapshot {
    /// Replaces what the settings before these had registered.
    func register(in metrics: Metrics) {
        let version = settings.version
        let models = admissionsByName.sorted { $0.key < $1.key }
        let stale = routes.values.map { ($0.name, $0.isSmallStale) }.sorted { $0.0 < $1.0 }
        let trials = routes.keys.map { ($0, arms[$0]?.canary.share ?? 0) }.sorted { $0.0 < $1.0 }
        metrics.source("settings") { samples in
            samples.add(.config, version, value: 1)
            for (route, isStale) in stale { samples.add(.staleSmall, route, value: isStale ? 1 : 0) }
            for (route, share) in trials { samples.add(.trialShare, route, value: share) }
            for (name, admissions) in models {
                samples.add(.inFlight, name, value: Double(admissions.reduce(0) { $0 + $1.inFlight }))
                samples.add(.queueDepth, name, value: Double(admissions.reduce(0) { $0 + $1.queued }))
            }
        }
    }
}
