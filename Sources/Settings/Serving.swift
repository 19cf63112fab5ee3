// A version of a small model in service: what the file says, with the model's name, place and threshold from elsewhere.
// The version of the settings stays that of the file; the cache key knows the difference
// (`ModelSettings.answerDigest`).

extension RouteSettings {
    /// The route with that model in the place of its small one; the route itself where it has no `small` to fill in.
    /// - Parameters:
    ///   - model: the provider's name for it; nil: not trained yet.
    ///   - baseURL: nil: where the file says.
    ///   - threshold: used where the file says `threshold: auto`; nil: nothing is sure enough then.
    public func serving(_ model: String?, at baseURL: String? = nil, threshold: Double?) -> RouteSettings {
        guard let small else { return self }
        return RouteSettings(self, small: ModelSettings(small, serving: model, at: baseURL), threshold: threshold)
    }
}

extension GatewaySettings {
    /// The same file with other versions of some routes.
    public func serving(_ versions: [String: RouteSettings]) -> GatewaySettings {
        if versions.isEmpty { return self }
        return GatewaySettings(
            file: file,
            server: server,
            cache: cache,
            harvest: harvest,
            models: models,
            routes: routes.merging(versions) { _, version in version },
            notes: notes,
            effective: effective
        )
    }
}
