import Cache
import Completions
import Digest
import HTTPClient
import HTTPServer
import Harvest
import JSON
import Judgment
import Loop
import Settings

/// What one worker owns: everything its exchanges use, built on its thread and confined to it.
///
/// What it shares with other workers is immutable (`Snapshot`) or a small door (`Shared`).
final class Station {
    let loop: Loop
    /// Holds this station, and outlives it.
    unowned let worker: Worker
    let shared: Shared
    let client: HTTPClient
    private(set) var redis: RedisLink?
    let auditor: Auditor
    let parser = JSONParser()
    let scratch = JudgingScratch()
    var hash = SHA256()
    let meters: WorkerMeters
    let accessLog: AccessLog.Writer
    let records: RecordLog.Buffer
    /// The settings in force here, with this worker's connections to their models.
    private(set) var lines: Lines
    private(set) var isDraining = false
    /// Exchanges that have begun and not concluded.
    var underWay = 0
    var timestamps = TimestampText()
    private var words = RandomWords()

    init(loop: Loop, worker: Worker, shared: Shared, snapshot: Snapshot) throws {
        self.loop = loop
        self.worker = worker
        self.shared = shared
        client = try HTTPClient(on: loop)
        auditor = Auditor(on: loop, shared.audits)
        meters = shared.metrics.worker()
        accessLog = shared.accessLog.writer()
        records = shared.records.buffer()
        lines = Lines(snapshot, client: client, keeping: nil)
        redis = Self.openRedis(snapshot.settings.cache, on: loop, watch: shared.redis)
    }

    /// New settings: exchanges under way keep theirs, with their connections.
    func adopt(_ snapshot: Snapshot) {
        let old = lines.snapshot.settings.cache
        lines = Lines(snapshot, client: client, keeping: lines)
        let new = snapshot.settings.cache
        if old.redis != new.redis || old.redisDeadline != new.redisDeadline {
            redis?.close()
            redis = Self.openRedis(new, on: loop, watch: shared.redis)
        }
    }

    func drain() {
        isDraining = true
        auditor.cancelAll()
    }

    /// What was queued for Redis has a second to arrive there.
    func sendRest() async {
        await redis?.drain(within: .seconds(1))
    }

    func close() {
        redis?.close()
        client.close()
    }

    private static func openRedis(_ settings: CacheSettings, on loop: Loop, watch: RedisWatch) -> RedisLink? {
        guard let address = settings.redis else { return nil }
        let link = RedisLink(on: loop, address: Cache.RedisAddress(address), deadline: settings.redisDeadline)
        watch.add(link.counters)
        return link
    }

    var unixMilliseconds: Int64 { WallTime.now().milliseconds }

    /// What the wall clock said at a moment of the monotonic one.
    func wallTime(of moment: MonotonicTime) -> WallTime {
        WallTime(microseconds: WallTime.now().microseconds - (MonotonicTime.now() - moment).nanoseconds / 1000)
    }

    /// A request that was answered before it became an exchange.
    /// - Parameter path: nil where the request's head could not be read.
    func logRefusal(_ error: APIError, path: ArraySlice<UInt8>?, _ id: RequestID) {
        accessLog.write { line in
            line.append("{\"time\":\"")
            timestamps.append(milliseconds: unixMilliseconds, to: &line)
            line.append("\",\"request_id\":\"")
            line += id.bytes
            line.append("\"")
            if let path {
                line.append(",\"path\":")
                line.append(json: String(decoding: path.prefix(200), as: UTF8.self))
            }
            line.append(",\"status\":")
            line.append(decimal: error.status)
            if let code = error.code {
                line.append(",\"error\":")
                line.append(json: code)
            }
            line.append("}\n")
        }
    }

    func newRequestID() -> RequestID {
        RequestID(random: (words.next(), words.next()))
    }
}

@available(*, unavailable, message: "confined to its worker's loop")
extension Station: Sendable {}

extension Cache.RedisAddress {
    init(_ address: Settings.RedisAddress) {
        let place: Place =
            switch address.place {
            case .host(let host, let port): .tcp(host: host, port: port)
            case .socket(let path): .unix(path: path)
            }
        self.init(place: place, user: address.user, password: address.password, database: address.database)
    }
}
