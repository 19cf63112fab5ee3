import Cache
import Digest
public import Harvest
import Logging
public import Settings

// What a site on the admin port may ask of the gateway.
extension Desk {
    /// In force now.
    public var settings: GatewaySettings { snapshot.settings }

    /// The store of candidates, with its queue.
    public nonisolated var reviews: any Store { store }

    /// Answers that a reviewer would not give again leave the caches of this gateway and Redis. (Other gateways read
    /// the drop from the store.)
    /// - Parameter keys: cache keys in hexadecimal digits.
    public func forget(_ keys: [String]) async {
        for key in keys.lazy.compactMap({ Digest32(hex: $0) }).map(CacheKey.init) {
            shared.board.drop(key)
            await workers.first?.deleteStored(key)
        }
    }

    /// For the audit log: who did what to which. No texts of candidates.
    /// - Parameter isInStore: the store's has it already; what is left is the line of our own log.
    public func audit(
        _ what: String,
        by who: String,
        route: String? = nil,
        _ facts: [(name: String, value: String)] = [],
        isInStore: Bool = false
    ) {
        let all = [(name: "by", value: who)] + facts + (route.map { [(name: "route", value: $0)] } ?? [])
        let metadata = Logger.Metadata(all.map { ($0.name, .string($0.value)) }, uniquingKeysWith: { $1 })
        log.notice("audit: \(what)", metadata: metadata)
        guard !isInStore else { return }
        let detail = facts.isEmpty ? nil : AuditTrail.detail(facts)
        trail?.note(LedgerEvent(who: who, what: what, route: route, detail: detail), self)
    }
}
