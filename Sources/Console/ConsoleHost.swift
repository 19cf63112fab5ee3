public import Harvest
public import Settings

/// What the pages ask of the gateway they hang on. The room above both (`understudy serve`) says that the gateway's
/// desk is one, so that neither room knows the other.
public protocol ConsoleHost: AnyObject, Sendable {
    /// In force now.
    var settings: GatewaySettings { get async }

    /// The store of candidates, decisions, leases.
    nonisolated var reviews: any Store { get }

    /// Answers that a reviewer would not give again leave the caches of this gateway and Redis at once; other gateways
    /// read the drop from the store.
    /// - Parameter keys: cache keys in hexadecimal digits.
    func forget(_ keys: [String]) async

    /// For the audit log: who did what to which. Never a text of a candidate.
    /// - Parameter isInStore: the store's own audit log has it already.
    func audit(
        _ what: String,
        by who: String,
        route: String?,
        _ facts: [(name: String, value: String)],
        isInStore: Bool
    ) async
}
