// The schema, version by version. A version that has been released never changes; what comes later is a version more.
// Migrations are named by their number, which is how an older program recognises a newer store.

import GRDB

extension SQLiteStore {
    /// The schema version this program writes.
    static let schemaVersion = 1

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            // `record` is the candidate as it was kept and never changes; `status` and `completion` are those of the
            // latest decision. Ids are times, so the order by id is the order by time.
            try db.execute(
                sql: """
                    CREATE TABLE candidates (
                        id TEXT NOT NULL UNIQUE,
                        created_at INTEGER NOT NULL,
                        route TEXT NOT NULL,
                        environment TEXT NOT NULL,
                        contract TEXT NOT NULL,
                        version TEXT,
                        source TEXT NOT NULL,
                        reason TEXT NOT NULL,
                        status TEXT NOT NULL,
                        completion TEXT,
                        cache_key TEXT,
                        record TEXT NOT NULL
                    );
                    CREATE INDEX candidates_route ON candidates (route, status, id);
                    CREATE INDEX candidates_status ON candidates (status, id);
                    CREATE INDEX candidates_reason ON candidates (route, reason, id);
                    CREATE INDEX candidates_time ON candidates (created_at);
                    CREATE TABLE decisions (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        candidate TEXT NOT NULL REFERENCES candidates (id),
                        at INTEGER NOT NULL,
                        decision TEXT NOT NULL,
                        choice TEXT,
                        completion TEXT,
                        reviewer TEXT,
                        note TEXT,
                        status_before TEXT NOT NULL,
                        status_after TEXT NOT NULL
                    );
                    CREATE INDEX decisions_candidate ON decisions (candidate, number);
                    """
            )
        }
        return migrator
    }

    /// Brings the schema up to date.
    /// - Throws: `.newer`, before anything is touched, if a newer program has been here.
    static func migrate(_ database: DatabaseQueue, path: String) throws {
        let migrator = migrator
        let applied = try database.read { db in try migrator.appliedIdentifiers(db) }
        if let newest = applied.compactMap({ Int($0) }).max(), newest > schemaVersion {
            throw StoreError.newer(store: path, version: newest, known: schemaVersion)
        }
        try migrator.migrate(database)
    }
}
