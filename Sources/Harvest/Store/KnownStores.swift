/// The stores there are, by the scheme of `harvest.store`. A new one is one file, and one line here.
public enum KnownStores {
    /// Opens the store a setting names, made if it is missing: `sqlite:var/understudy.db`. Blocks; at start only.
    /// - Throws: `.refused` for an unknown scheme.
    public static func open(_ setting: String) throws(StoreError) -> any CandidateStore {
        let scheme = setting.prefix { $0 != ":" }
        let place = String(setting.dropFirst(scheme.count + 1))
        switch scheme {
        case "sqlite": return try SQLiteStore(path: place)
        default: throw .refused("harvest.store: no store called \(scheme); there is sqlite:PATH")
        }
    }
}
