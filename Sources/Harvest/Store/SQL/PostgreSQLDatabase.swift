// A PostgreSQL as a database of ours: one connection, made when it is needed and made again when it is lost.
//
//     no link ──► wait out the backoff ──► connect, look at the schema ──► link
//        ▲                                                                  │
//        └──── lost, or the deadline passed: whoever asked gets `.unavailable`, and what is in the spool waits
//
// A transaction that began on a link lost meanwhile (the server was restarted) begins again on a new one; a lost COMMIT
// does not, as nobody knows what became of it: deliveries come again by themselves, and are one row per id.

import Loop

final class PostgreSQLDatabase: SQLDatabase {
    private let address: PostgreSQLAddress
    private let deadline: Duration
    /// Nil: the schema is somebody else's business.
    private let upgrading: Bool?
    private var link: PostgreSQLLink?
    private var isPreparing = false
    private var failures = 0
    private var nextAttempt = MonotonicTime.now()
    private var lastWords = ""

    var place: String { address.place }
    var dialect: SQLDialect { .postgresql }

    /// Connects when it is first used.
    /// - Parameters:
    ///   - deadline: how long a statement may take.
    ///   - upgrading: whether an older schema is brought up to what this program writes, or refused; nil: not looked at.
    init(
        _ address: PostgreSQLAddress,
        deadline: Duration = .seconds(30),
        upgrading: Bool? = false
    ) {
        self.address = address
        self.deadline = deadline
        self.upgrading = upgrading
    }

    func read<Result>(_ body: (any SQLConnection) throws -> Result) throws(StoreError) -> Result {
        try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    func write<Result>(_ body: (any SQLConnection) throws -> Result) throws(StoreError) -> Result {
        try transaction("BEGIN", body)
    }

    /// Dead rows go with the server's own vacuum.
    func scrub() {}

    func close() { link = nil }

    // MARK: Transactions

    private func transaction<Result>(
        _ begin: String,
        _ body: (any SQLConnection) throws -> Result
    ) throws(StoreError) -> Result {
        do {
            return try attempts(begin, body)
        } catch let error as StoreError {
            throw error
        } catch let problem as PostgreSQLProblem {
            if problem.isLost { link = nil }
            let words = "the store \(place): \(problem.words)"
            throw problem.isTemporary ? .unavailable(words) : problem.isOfValues ? .unfit(words) : .broken(words)
        } catch {
            throw .broken("the store \(place): \(error)")
        }
    }

    private func attempts<Result>(_ begin: String, _ body: (any SQLConnection) throws -> Result) throws -> Result {
        var attempt = 0
        while true {
            attempt += 1
            let link = try beginning(begin)
            do {
                let result = try body(PostgreSQLConnection(link: link))
                try link.run("COMMIT")
                return result
            } catch let problem as PostgreSQLProblem {
                if problem.isLost { throw problem }
                try link.run("ROLLBACK")
                // Those we waited for are done now; the server has undone all of ours.
                guard problem.isConflict, attempt < 5 else { throw problem }
            } catch {
                try link.run("ROLLBACK")
                throw error
            }
        }
    }

    /// A link with a transaction begun.
    private func beginning(_ begin: String) throws -> PostgreSQLLink {
        if let link {
            do {
                try link.run(begin)
                return link
            } catch let problem where problem.isLost {
                // It was lost while nobody looked, and nothing was asked of it yet.
                self.link = nil
                nextAttempt = .now()
            }
        }
        let link = try connect()
        try link.run(begin)
        return link
    }

    // MARK: The connection

    private func connect() throws -> PostgreSQLLink {
        guard MonotonicTime.now() >= nextAttempt else {
            throw StoreError.unavailable("the store \(place): \(lastWords)")
        }
        do {
            let fresh = try PostgreSQLLink(url: address.url, deadline: deadline, connectDeadline: .seconds(5))
            link = fresh
            try prepare()
            failures = 0
            return fresh
        } catch {
            link = nil
            let problem = error as? PostgreSQLProblem
            lastWords = problem?.words ?? "\(error)"
            nextAttempt = MonotonicTime.now().advanced(by: .milliseconds(min(5000, 50 << min(failures, 7))))
            failures += 1
            throw error
        }
    }

    /// With each new connection: a newer program may have been here meanwhile.
    private func prepare() throws {
        guard let upgrading, !isPreparing else { return }
        isPreparing = true
        defer { isPreparing = false }
        try Schema.prepare(self, upgrading: upgrading)
    }
}

private struct PostgreSQLConnection: SQLConnection {
    let link: PostgreSQLLink
    var dialect: SQLDialect { .postgresql }

    func script(_ sql: String) throws { try link.run(sql) }

    func rows(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
        try link.query(Self.numbered(sql), values).rows
    }

    @discardableResult func change(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try link.query(Self.numbered(sql), values).changed
    }

    /// One statement for as many rows as the protocol takes values for.
    @discardableResult func insert(
        into table: String,
        _ columns: [String],
        _ rows: [[SQLValue]],
        suffix: String,
        returning: String?
    ) throws -> [SQLValue] {
        var returned: [SQLValue] = []
        for part in rows.parts(of: 65_535 / columns.count) {
            var sql = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES "
            sql += Array(repeating: "(\(places(columns.count)))", count: part.count).joined(separator: ", ")
            sql += " \(suffix)"
            if let returning { sql += " RETURNING \(returning)" }
            let found = try link.query(Self.numbered(sql), part.flatMap { $0 })
            returned += found.rows.map { $0[0] }
        }
        return returned
    }

    /// `?` as `$1`, `$2`, ...
    private static func numbered(_ sql: String) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(sql.utf8.count + 64)
        var number = 0
        for byte in sql.utf8 {
            guard byte == UInt8(ascii: "?") else {
                text.append(byte)
                continue
            }
            number += 1
            text.append(UInt8(ascii: "$"))
            text.append(contentsOf: "\(number)".utf8)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
