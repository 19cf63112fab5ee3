// The schema, version by version. A version that has been released never changes; what comes later is a version more.
//
// Version 1 was SQLite's alone. Its numbers stand where GRDB's migrator wrote them (`grdb_migrations`), so that an
// older program recognises a newer store; PostgreSQL has them in `schema_versions`.
//
// All of an upgrade is one transaction under a lock: of several programs that start at a time one does it, the others
// wait and find it done. An empty store gets its tables when it is opened, and an older SQLite file is upgraded then,
// as one machine uses it. An older PostgreSQL is not: gateways of the older program may be at work on it, and they stop
// delivering (their spools hold) the moment it is upgraded. So that takes the operator's word: `understudy store
// upgrade`.

enum Schema {
    /// What this program reads and writes.
    static let version = 4

    /// Brings the schema up to what this program writes.
    /// - Parameter upgrading: also where the store is in use by an older program.
    /// - Returns: the version that was found; 0: an empty database.
    /// - Throws: `.newer`, before anything is touched, if a newer program has been here.
    @discardableResult
    static func prepare(_ database: any SQLDatabase, upgrading: Bool) throws(StoreError) -> Int {
        let found = try database.read { sql in try versionFound(sql) }
        try check(found, database, upgrading: upgrading)
        guard found < version else { return found }
        try database.write { sql in
            if let wait = sql.dialect.oneAtATime(.migration) { _ = try sql.rows(wait, []) }
            let found = try versionFound(sql)
            try check(found, database, upgrading: upgrading)
            try upgrade(from: found, sql)
        }
        return found
    }

    /// Whether this program may use the store as it is.
    static func check(_ found: Int, _ database: any SQLDatabase, upgrading: Bool) throws(StoreError) {
        if found > version { throw .newer(store: database.place, version: found, known: version) }
        if found > 0, found < version, !upgrading {
            throw .broken(
                "the store \(database.place) has schema version \(found), this program needs version \(version): "
                    + "run 'understudy store upgrade' once all gateways on it may stop"
            )
        }
    }

    /// 0 where there is none.
    static func versionFound(_ sql: any SQLConnection) throws -> Int {
        switch sql.dialect {
        case .sqlite:
            let table = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'grdb_migrations'"
            guard try sql.number(table, []) > 0 else { return 0 }
            return try sql.number("SELECT ifnull(max(CAST(identifier AS INTEGER)), 0) FROM grdb_migrations", [])
        case .postgresql:
            let table = "SELECT CASE WHEN to_regclass('understudy.schema_versions') IS NULL THEN 0 ELSE 1 END"
            guard try sql.number(table, []) > 0 else { return 0 }
            return try sql.number("SELECT coalesce(max(version), 0) FROM understudy.schema_versions", [])
        }
    }

    private static func upgrade(from found: Int, _ sql: any SQLConnection) throws {
        if found < 1 {
            switch sql.dialect {
            case .sqlite: try sql.script("CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
            case .postgresql:
                try sql.script(
                    """
                    CREATE SCHEMA IF NOT EXISTS understudy;
                    CREATE TABLE understudy.schema_versions (version BIGINT PRIMARY KEY);
                    """
                )
            }
        }
        let hasVersion1 = found == 1 && sql.dialect == .sqlite
        if hasVersion1 { try Version1.putAside(sql) }
        if found < 2 {
            try sql.script(version2(sql.dialect))
            try note(2, sql)
        }
        if found < 3 {
            try sql.script(version3)
            try note(3, sql)
        }
        if found < 4 {
            try sql.script(version4(sql.dialect))
            try note(4, sql)
        }
        // After the last version's tables are there: rows come in through the door that this program has.
        if hasVersion1 { try Version1.carryOver(sql) }
        let tables = Tables(sql, FacetBook())
        while try tables.isPageDue() { try tables.sealPage() }
    }

    private static func note(_ version: Int, _ sql: any SQLConnection) throws {
        switch sql.dialect {
        case .sqlite: try sql.insert(into: "grdb_migrations", ["identifier"], [[.text("\(version)")]])
        case .postgresql: try sql.insert(into: "schema_versions", ["version"], [[SQLValue(version)]])
        }
    }
}
