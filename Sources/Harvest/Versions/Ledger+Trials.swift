// What gateways write down of a trial, and of a route's small model at work. Kinds of their own: the promotion itself
// is read by every gateway all the time, and changes seldom.

import JSON

extension Ledger {
    private static var sumsKind: String { "trial_sums" }

    /// What one gateway has counted at one step of a trial, over what it wrote of that before.
    /// - Parameters:
    ///   - instance: of the gateway's process.
    ///   - json: sums since the process began this step.
    public func putSums(
        of canary: String,
        step: Int,
        instance: String,
        route: String,
        json: [UInt8]
    ) async throws(StoreError) {
        let id = "\(canary)/\(step)/\(instance)"
        _ = try await change(kind: Self.sumsKind, id: id, route: route) { $0 == json ? nil : json }
    }

    /// What all gateways have counted of a trial, with the step it was at.
    public func sums(of canary: String, route: String) async throws(StoreError) -> [(step: Int, json: [UInt8])] {
        try await documents(kind: Self.sumsKind, route: route).compactMap { document in
            let parts = document.id.split(separator: "/")
            guard parts.count == 3, parts[0] == canary, let step = Int(parts[1]) else { return nil }
            return (step, document.json)
        }
    }

    // MARK: At work

    private static var serviceKind: String { "service" }

    /// A gateway says when the small model of a route was last taken at its word.
    public func smallAnswered(route: String, environment: String, at time: WallTime) async throws(StoreError) {
        let id = Promotion.id(route: route, environment: environment)
        _ = try await change(kind: Self.serviceKind, id: id, route: route) { json in
            if let json, let known = Self.time(json), known >= time { return nil }
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("small_answered_at")
            writer.string(time.rfc3339)
            writer.endObject()
            return writer.bytes
        }
    }

    /// When the small model of a route was last taken at its word, by any gateway, to about half a minute; nil: never.
    public func smallAnswered(route: String, environment: String) async throws(StoreError) -> WallTime? {
        let id = Promotion.id(route: route, environment: environment)
        return try await document(kind: Self.serviceKind, id: id).flatMap { Self.time($0.json) }
    }

    private static func time(_ json: [UInt8]) -> WallTime? {
        (try? JSONTree.parse(json))?["small_answered_at"]?.string.flatMap { WallTime(rfc3339: $0) }
    }
}
