import Cache
import Harvest
import JSON

/// Whether traffic should come here, and what is in the way.
struct Health {
    /// Ready, or live.
    var isOK: Bool
    /// What is reported beside it: a name, a word, and words for people where there are any.
    var fields: [(name: StaticString, state: String, detail: String?)]

    func encode() -> [UInt8] {
        var writer = JSONWriter(reserving: 128)
        writer.beginObject()
        writer.name("status")
        writer.string(isOK ? "ok" : "unavailable")
        for field in fields {
            writer.name(field.name)
            writer.beginObject()
            writer.name("status")
            writer.string(field.state)
            if let detail = field.detail {
                writer.name("detail")
                writer.string(detail)
            }
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }
}

extension Shared {
    /// Ready means: answers can be given and their candidates kept. Redis is reported and does not count, since
    /// requests go on without it.
    func readiness(isDraining: Bool, redis: CacheCounters?) -> Health {
        var health = Health(isOK: true, fields: [])
        if isDraining {
            health.isOK = false
            health.fields.append(("gateway", "draining", nil))
        }
        if let trouble = spool.trouble {
            health.isOK = false
            health.fields.append(("harvest", "failing", trouble.description))
        } else {
            health.fields.append(("harvest", "ok", nil))
        }
        if let redis {
            health.fields.append(("redis", "\(redis.status)", redis.lastError))
        } else {
            health.fields.append(("redis", "not_configured", nil))
        }
        return health
    }
}
