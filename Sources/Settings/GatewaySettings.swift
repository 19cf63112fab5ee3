// What the configuration file says, compiled: every name is a value, every template and schema is ready, every
// default is in its place. Immutable; an exchange keeps the one that it was received with.
//
//   load:  YAML -> ConfigNode (places, environment, merges) -> Fields -> these types, and `Effective` beside them
//
// Left out: whatever changes while the program runs (pools, counters, promotions).

import Digest

/// The settings in force.
public final class GatewaySettings: Sendable {
    /// As given to ``load(file:environment:)``.
    public let file: String
    /// Twelve hexadecimal digits over the effective content: files' contents included, secrets excluded.
    public let version: String
    public let server: ServerSettings
    public let cache: CacheSettings
    public let harvest: HarvestSettings
    public let models: [String: ModelSettings]
    public let routes: [String: RouteSettings]
    /// Empty where `server.keysFile` is nil, and then everything is allowed.
    public var keys: [ClientKey] { server.keys }
    /// What works and is probably not meant.
    public let notes: [SettingsProblem]
    let effective: Effective

    /// What is in force as YAML that loads again to the same version; secrets are `***`, paths are absolute.
    public var effectiveYAML: String { effective.yaml }

    init(
        file: String,
        server: ServerSettings,
        cache: CacheSettings,
        harvest: HarvestSettings,
        models: [String: ModelSettings],
        routes: [String: RouteSettings],
        notes: [SettingsProblem],
        effective: Effective
    ) {
        self.file = file
        self.version = effective.digest.hex(digits: 12)
        self.server = server
        self.cache = cache
        self.harvest = harvest
        self.models = models
        self.routes = routes
        self.notes = notes
        self.effective = effective
    }
}
