import Harvest
import JSON

/// A batch at a provider, from before its file is uploaded until its answers are in the journal. A document of the
/// store (kind `batch`): whoever was killed meanwhile, or did not want to wait a day, finds it there and pays for
/// nothing twice.
struct BatchRecord: Sendable, Equatable {
    static let kind = "batch"

    /// `ROUTE/` and some digits of what is asked.
    var id: String
    var route: String
    /// The provider.
    var baseURL: String
    var lines: Int
    /// US dollars that it can cost at most.
    var most: Double
    /// The provider's name for the file of questions; nil: not there yet.
    var file: String?
    /// The provider's name for the batch; nil: perhaps not asked for yet.
    var batch: String?
    /// Its answers are in the journal, or there never will be any.
    var isOver = false

    func encode() -> [UInt8] {
        JSONTree.members([
            ("id", .string(id)), ("route", .string(route)), ("base_url", .string(baseURL)), ("lines", .int(lines)),
            ("most", .number(most)), ("file", .text(file)), ("batch", .text(batch)), ("over", .bool(isOver)),
        ]).encode()
    }
}

extension BatchRecord {
    /// Reads what `encode` wrote; nil for anything else.
    init?(json: [UInt8]) {
        guard let tree = try? JSONTree.parse(json), let id = tree["id"]?.string, let route = tree["route"]?.string,
            let baseURL = tree["base_url"]?.string, let lines = tree["lines"]?.int, let isOver = tree["over"]?.bool
        else { return nil }
        self.init(
            id: id,
            route: route,
            baseURL: baseURL,
            lines: lines,
            most: tree["most"]?.double ?? 0,
            file: tree["file"]?.string,
            batch: tree["batch"]?.string,
            isOver: isOver
        )
    }
}

extension Ledger {
    /// Those of a route that somebody has begun and nobody has ended, at one provider.
    func openBatches(route: String, at baseURL: String) async throws(StoreError) -> [BatchRecord] {
        try await documents(kind: BatchRecord.kind, route: route)
            .compactMap { BatchRecord(json: $0.json) }
            .filter { !$0.isOver && $0.baseURL == baseURL }
    }

    func write(_ record: BatchRecord) async throws(StoreError) {
        _ = try await change(kind: BatchRecord.kind, id: record.id, route: record.route) { _ in record.encode() }
    }
}
