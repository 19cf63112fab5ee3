// Versions and promotions in the store: read, written, and changed by compare-and-set.

extension Ledger {
    // MARK: Versions

    public func version(_ id: String) async throws(StoreError) -> ModelVersion? {
        try await document(kind: ModelVersion.kind, id: id).flatMap { ModelVersion(json: $0.json) }
    }

    /// Of a route or of all; the one written last comes first.
    public func versions(route: String? = nil) async throws(StoreError) -> [ModelVersion] {
        try await documents(kind: ModelVersion.kind, route: route).compactMap { ModelVersion(json: $0.json) }
    }

    /// Writes a version, over what there may be of it.
    public func put(_ version: ModelVersion) async throws(StoreError) {
        _ = try await change(kind: ModelVersion.kind, id: version.id, route: version.route) { _ in version.encode() }
    }

    // MARK: Promotions

    public func promotion(route: String, environment: String) async throws(StoreError) -> Promotion? {
        let id = Promotion.id(route: route, environment: environment)
        return try await document(kind: Promotion.kind, id: id).flatMap { Promotion(json: $0.json) }
    }

    /// Of all routes in one environment.
    public func promotions(environment: String) async throws(StoreError) -> [Promotion] {
        try await documents(kind: Promotion.kind, route: nil)
            .compactMap { Promotion(json: $0.json) }
            .filter { $0.environment == environment }
    }

    /// Changes the promotion of a route, whatever others do meanwhile.
    /// - Parameter change: made of what is there; called again where somebody else was quicker. It answers with nil
    ///   where
    ///   nothing is to be written.
    /// - Returns: what was written, or nil.
    public func changePromotion(
        route: String,
        environment: String,
        _ change: (Promotion?) -> Promotion?
    ) async throws(StoreError) -> Promotion? {
        let id = Promotion.id(route: route, environment: environment)
        var written: Promotion?
        _ = try await self.change(kind: Promotion.kind, id: id, route: route) { json in
            written = change(json.flatMap { Promotion(json: $0) })
            return written?.encode()
        }
        return written
    }

    // MARK: Compare and set

    /// Changes a document, whatever others do meanwhile.
    /// - Parameter change: made of the document's JSON, nil where there is none; called again where somebody else was
    ///   quicker. It answers with nil where nothing is to be written.
    /// - Returns: the new revision; nil where nothing was to be written.
    public func change(
        kind: String,
        id: String,
        route: String?,
        _ change: ([UInt8]?) -> [UInt8]?
    ) async throws(StoreError) -> Int? {
        // Each round that fails is one in which somebody else succeeded.
        for _ in 0..<100 {
            let found = try await document(kind: kind, id: id)
            guard let json = change(found?.json) else { return nil }
            let revision = try await put(kind: kind, id: id, route: route, json: json, replacing: found?.revision ?? 0)
            if let revision { return revision }
        }
        throw .unavailable("the \(kind) \(id) is being changed by others all the time: try again")
    }
}
