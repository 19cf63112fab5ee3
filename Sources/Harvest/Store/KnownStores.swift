/// The stores there are, by the scheme of `harvest.store`. A new one is one file, and one line here.
public enum KnownStores {
    /// Opens the store a setting names, made if it is missing: `sqlite:var/understudy.db`,
    /// `postgresql://db/understudy`. Blocks; at start only.
    /// - Throws: `.refused` for an unknown scheme.
    public static func open(_ setting: String) throws(StoreError) -> any Store {
        let scheme = setting.prefix { $0 != ":" }
        let place = String(setting.dropFirst(scheme.count + 1))
        switch scheme {
        case "sqlite": return try SQLStore.sqlite(path: place)
        case "postgresql", "postgres": return try SQLStore.postgresql(setting)
        default: throw .refused("harvest.store: no store called \(scheme); there is sqlite:PATH and postgresql://...")
        }
    }

    /// The database itself, for a command that needs no thread: opened now, with the schema this program writes.
    /// - Parameter upgrading: whether an older schema is upgraded, or refused.
    static func database(_ setting: String, upgrading: Bool) throws(StoreError) -> any SQLDatabase {
        let database: any SQLDatabase
        switch setting.prefix(while: { $0 != ":" }) {
        case "sqlite": database = try SQLiteDatabase(path: String(setting.dropFirst(7)), patience: .seconds(10))
        case "postgresql", "postgres":
            // Statements of a command may take their time.
            database = PostgreSQLDatabase(try PostgreSQLAddress(setting), deadline: .seconds(600), upgrading: nil)
        default:
            throw .refused("no store called \(setting.prefix { $0 != ":" }); there is sqlite:PATH and postgresql://...")
        }
        try Schema.prepare(database, upgrading: upgrading)
        return database
    }

    /// Brings the schema of a store up to what this program writes.
    /// - Returns: the version it had (0: there was nothing) and the version it has now.
    public static func upgrade(_ setting: String) throws(StoreError) -> (from: Int, to: Int) {
        let database: any SQLDatabase
        switch setting.prefix(while: { $0 != ":" }) {
        case "sqlite": database = try SQLiteDatabase(path: String(setting.dropFirst(7)), patience: .seconds(10))
        default: database = PostgreSQLDatabase(try PostgreSQLAddress(setting), deadline: .seconds(3600), upgrading: nil)
        }
        defer { database.close() }
        return (try Schema.prepare(database, upgrading: true), Schema.version)
    }
}
