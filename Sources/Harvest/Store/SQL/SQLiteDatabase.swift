// One SQLite file, through GRDB.
//
// WAL, so that `understudy candidates` may read while the gateway writes. synchronous=FULL, because the spool deletes a
// segment when our commit returns, and "WAL mode does lose durability" with NORMAL: "A transaction committed in WAL
// mode with synchronous=NORMAL might roll back following a power loss" (sqlite.org/pragma.html). One connection: the
// mover writes in batches of milliseconds, and everybody else here reads now and then.

import GRDB
import Loop

import struct Foundation.Data

final class SQLiteDatabase: SQLDatabase {
    let place: String
    var dialect: SQLDialect { .sqlite }
    private let queue: DatabaseQueue

    /// Opens the file (made if it is missing: mode 0600, its directory 0700). Blocks.
    /// - Parameter patience: how long to wait for another connection's lock before giving up with `.unavailable`.
    init(path: String, patience: Duration) throws(StoreError) {
        place = path
        queue = try Self.perform(path) {
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try HarvestFile.makeDirectory(String(path[..<slash]))
            }
            // SQLite would make it with the umask's mode; its journal files take the mode of this one.
            _ = try HarvestFile.openOrCreate(path)
            var configuration = Configuration()
            configuration.label = "understudy store"
            configuration.journalMode = .wal
            configuration.prepareDatabase { db in db.add(function: Self.schema) }
            configuration.busyMode = .timeout(Double(patience.nanoseconds) / 1e9)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.inDatabase { db in
                // After GRDB has set WAL up, which comes with NORMAL.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                // 16 MiB: the default, 2 MB, does not hold the inner pages of a million candidates' indexes.
                try db.execute(sql: "PRAGMA cache_size = -16384")
                try db.execute(sql: "PRAGMA temp_store = MEMORY")
                // Who is forgotten is not in free pages either.
                try db.execute(sql: "PRAGMA secure_delete = ON")
            }
            return queue
        }
    }

    /// `understudy_schema()`: what this program writes. A program of before has no such function, and cannot write what a
    /// trigger asks it for (Schema+Version4.swift).
    private static let schema = DatabaseFunction("understudy_schema", argumentCount: 0, pure: true) { _ in
        Schema.version
    }

    func read<Result>(_ body: (any SQLConnection) throws -> Result) throws(StoreError) -> Result {
        try Self.perform(place) { try queue.read { db in try body(SQLiteConnection(db: db)) } }
    }

    func write<Result>(_ body: (any SQLConnection) throws -> Result) throws(StoreError) -> Result {
        try Self.perform(place) {
            try queue.inDatabase { db in
                var result: Result?
                // Immediate: the lock is taken before anything is read, so what was read still holds when we write.
                try db.inTransaction(.immediate) {
                    result = try body(SQLiteConnection(db: db))
                    return .commit
                }
                return result!
            }
        }
    }

    /// The log still has the pages as they were. Where another process reads just now, they go with the next
    /// checkpoint.
    func scrub() { try? queue.inDatabase { db in _ = try db.checkpoint(.truncate) } }

    /// Fails only while a statement is being read, and none outlives the call that made it.
    func close() { try? queue.close() }

    // MARK: Errors

    private static func perform<Result>(_ path: String, _ body: () throws -> Result) throws(StoreError) -> Result {
        do {
            return try body()
        } catch {
            throw translate(error, path: path)
        }
    }

    private static func translate(_ error: any Error, path: String) -> StoreError {
        switch error {
        case let error as StoreError: return error
        case let error as DatabaseError:
            let words = "the store \(path): \(error.message ?? "\(error.resultCode)")"
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_INTERRUPT:
                return .unavailable(words)
            case .SQLITE_TOOBIG:
                return .unfit(words)
            default:
                return .broken(words)
            }
        default: return .broken("the store \(path): \(error)")
        }
    }
}

private struct SQLiteConnection: SQLConnection {
    let db: Database
    var dialect: SQLDialect { .sqlite }

    func script(_ sql: String) throws { try db.execute(sql: sql) }

    func rows(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
        let statement = try statement(sql, values)
        let cursor = try Row.fetchCursor(statement, arguments: Self.arguments(values))
        var rows: [SQLRow] = []
        while let row = try cursor.next() { rows.append(SQLRow(values: row.databaseValues.map(Self.value))) }
        return rows
    }

    @discardableResult func change(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try statement(sql, values).execute(arguments: Self.arguments(values))
        return db.changesCount
    }

    /// GRDB keeps prepared statements for good: those whose text hangs on how many values there are would pile up.
    private func statement(_ sql: String, _ values: [SQLValue]) throws -> Statement {
        values.count <= 24 ? try db.cachedStatement(sql: sql) : try db.makeStatement(sql: sql)
    }

    /// Row by row: a prepared statement is as fast as one of many rows, and there is only one of it to keep.
    @discardableResult func insert(
        into table: String,
        _ columns: [String],
        _ rows: [[SQLValue]],
        suffix: String,
        returning: String?
    ) throws -> [SQLValue] {
        let names = columns.joined(separator: ", ")
        var sql = "INSERT INTO \(table) (\(names)) VALUES (\(places(columns.count))) \(suffix)"
        if let returning { sql += " RETURNING \(returning)" }
        let statement = try db.cachedStatement(sql: sql)
        var returned: [SQLValue] = []
        for values in rows {
            if returning == nil {
                try statement.execute(arguments: Self.arguments(values))
            } else {
                let cursor = try Row.fetchCursor(statement, arguments: Self.arguments(values))
                while let row = try cursor.next() { returned.append(Self.value(row.databaseValues.first!)) }
            }
        }
        return returned
    }

    private static func arguments(_ values: [SQLValue]) -> StatementArguments {
        StatementArguments(
            values.map { value -> (any DatabaseValueConvertible)? in
                switch value {
                case .null: nil
                case .integer(let number): number
                case .real(let number): number
                case .text(let text): text
                case .bytes(let bytes): Data(bytes)
                }
            }
        )
    }

    private static func value(_ value: DatabaseValue) -> SQLValue {
        switch value.storage {
        case .null: .null
        case .blob(let bytes): .bytes(Array(bytes))
        case .int64(let number): .integer(number)
        case .double(let number): .real(number)
        case .string(let text): .text(text)
        }
    }
}
