// One connection to a PostgreSQL server, through libpq. Confined to the store's thread, which waits on the socket with
// poll, never inside libpq: a server that hangs costs `deadline`, not the thread. (Name resolution is the resolver's,
// and is bounded by its own timeouts.)
//
// Who frees what:
//   PGconn             ours from PQconnectStartParams on; PQfinish in `deinit`, also after a failed connect ("this must be
//                      called whether or not the connection attempt is successful", libpq, PQfinish).
//   PGresult           ours from each PQgetResult; PQclear before the call that got it returns.
//   PQconninfoOption   from PQconninfoParse; PQconninfoFree in the same function.
//   error messages     the connection's or the result's: copied at once.
// libpq points back at nothing of ours: the notice receiver has no context.

import CPQ
import Glibc
import Loop

/// What a server or the way to it said.
struct PostgreSQLProblem: Error {
    /// SQLSTATE; nil where it did not come from the server.
    var state: String?
    var words: String

    /// Of two transactions that wait for each other one is undone; it may begin again.
    var isConflict: Bool { state == "40001" || state == "40P01" }

    /// What was sent is at fault: a text that is none, a value that no index or type has room for (classes 22 and 54).
    var isOfValues: Bool { state.map { $0.hasPrefix("22") || $0.hasPrefix("54") } ?? false }

    /// The connection is of no use any more.
    var isLost: Bool { state == nil || state!.hasPrefix("08") || state!.hasPrefix("57P") }

    /// Later it may work: lost, out of room or of connections, cancelled by the deadline, a standby, a lock.
    var isTemporary: Bool {
        isLost || isConflict || ["53", "55", "57", "58"].contains { state!.hasPrefix($0) } || state == "25006"
    }
}

final class PostgreSQLLink {
    private let connection: OpaquePointer
    private let deadline: Duration

    /// Connects, and returns when the session is as we want it.
    /// - Parameter deadline: for connecting, and then for each statement.
    init(url: String, deadline: Duration, connectDeadline: Duration) throws(PostgreSQLProblem) {
        let options = [
            // Expanded: host, port, user, password, sslmode and the rest come out of it.
            ("dbname", url), ("client_encoding", "UTF8"), ("fallback_application_name", "understudy"),
            ("tcp_user_timeout", "\(deadline.nanoseconds / 1_000_000)"),
        ]
        let names = CTexts(options.map(\.0))
        let values = CTexts(options.map(\.1))
        let started = names.withPointers { names in values.withPointers { PQconnectStartParams(names, $0, 1) } }
        guard let started else { throw PostgreSQLProblem(words: "out of memory") }
        connection = started
        self.deadline = deadline
        PQsetNoticeReceiver(connection, { _, _ in }, nil)
        let end = MonotonicTime.now().advanced(by: connectDeadline)
        var status = PGRES_POLLING_WRITING
        while status != PGRES_POLLING_OK {
            guard status != PGRES_POLLING_FAILED, PQstatus(connection) != CONNECTION_BAD else { throw problem() }
            try wait(status == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: end)
            status = PQconnectPoll(connection)
        }
        guard PQsetnonblocking(connection, 1) == 0 else { throw problem() }
        try setUp()
    }

    deinit { PQfinish(connection) }

    private func setUp() throws(PostgreSQLProblem) {
        guard let encoding = PQparameterStatus(connection, "server_encoding"), String(cString: encoding) == "UTF8"
        else {
            throw PostgreSQLProblem(
                state: "0A000",
                words: "the database's encoding must be UTF8: make one with 'CREATE DATABASE ... ENCODING UTF8'"
            )
        }
        // The server's own clock on each statement, a little before ours: it then says so itself, and goes on. What is
        // committed has to survive power loss, as the spool deletes its segment then.
        let limit = max(1, deadline.nanoseconds / 1_000_000 - 1000)
        try run(
            """
            SET search_path TO understudy, pg_catalog; SET statement_timeout = \(limit); SET bytea_output = hex;
            SET idle_in_transaction_session_timeout = \(10 * limit); SET standard_conforming_strings = on;
            SET understudy.schema = '\(Schema.version)'; SET extra_float_digits = 1; SET client_min_messages = error;
            SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
            """
        )
    }

    // MARK: Statements

    /// One statement with values.
    func query(_ sql: String, _ values: [SQLValue]) throws(PostgreSQLProblem) -> PostgreSQLRows {
        let texts = CTexts(values.map(\.wireText))
        let sent = texts.withPointers {
            PQsendQueryParams(connection, sql, CInt(values.count), nil, $0, nil, nil, 0)
        }
        guard sent == 1 else { throw problem() }
        return try results()
    }

    /// Statements without values, as many as there are in the text.
    @discardableResult func run(_ sql: String) throws(PostgreSQLProblem) -> PostgreSQLRows {
        guard PQsendQuery(connection, sql) == 1 else { throw problem() }
        return try results()
    }

    /// Everything that comes of what was sent; the last result that has rows, or the last.
    private func results() throws(PostgreSQLProblem) -> PostgreSQLRows {
        let end = MonotonicTime.now().advanced(by: deadline)
        var rows = PostgreSQLRows()
        var failure: PostgreSQLProblem?
        while true {
            var left = PQflush(connection)
            while left != 0 || PQisBusy(connection) == 1 {
                guard left >= 0 else { throw problem() }
                try wait(left == 0 ? POLLIN : POLLIN | POLLOUT, until: end)
                guard PQconsumeInput(connection) == 1 else { throw problem() }
                left = PQflush(connection)
            }
            guard let result = PQgetResult(connection) else { break }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK: rows = PostgreSQLRows(result)
            case PGRES_EMPTY_QUERY: break
            default: failure = failure ?? Self.problem(of: result)
            }
        }
        if let failure { throw failure }
        return rows
    }

    private func wait(_ events: CInt, until end: MonotonicTime) throws(PostgreSQLProblem) {
        let socket = PQsocket(connection)
        guard socket >= 0 else { throw problem() }
        while true {
            let left = (end - .now()).nanoseconds / 1_000_000
            guard left > 0 else { throw PostgreSQLProblem(words: "the server does not answer") }
            var watched = pollfd(fd: socket, events: Int16(events), revents: 0)
            let ready = poll(&watched, 1, CInt(clamping: left))
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw PostgreSQLProblem(words: String(cString: strerror(errno))) }
        }
    }

    /// What libpq says of the connection. It names host, port, user and database, never the password.
    private func problem() -> PostgreSQLProblem {
        PostgreSQLProblem(words: Self.words(PQerrorMessage(connection)))
    }

    private static func problem(of result: OpaquePointer) -> PostgreSQLProblem {
        func field(_ code: Character) -> String? {
            PQresultErrorField(result, CInt(code.asciiValue!)).map { String(cString: $0) }
        }
        // PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY; the detail may hold values, and so texts of candidates.
        return PostgreSQLProblem(
            state: field("C"),
            words: field("M") ?? words(PQresultErrorMessage(result))
        )
    }

    private static func words(_ message: UnsafeMutablePointer<CChar>?) -> String {
        let text = message.map { String(cString: $0) } ?? ""
        let line = text.split(separator: "\n").joined(separator: "; ")
        return line.isEmpty ? "no connection" : line
    }
}

/// The rows of a result, copied out of it.
struct PostgreSQLRows {
    private(set) var rows: [SQLRow] = []
    /// Rows inserted, changed or deleted.
    private(set) var changed = 0

    init() {}

    init(_ result: OpaquePointer) {
        changed = Int(String(cString: PQcmdTuples(result))) ?? 0
        let columns = PQnfields(result)
        let types = (0..<columns).map { PQftype(result, $0) }
        let count = PQntuples(result)
        rows.reserveCapacity(Int(count))
        for row in 0..<count {
            rows.append(SQLRow(values: (0..<columns).map { Self.value(result, row, $0, types[Int($0)]) }))
        }
    }

    private static func value(_ result: OpaquePointer, _ row: CInt, _ column: CInt, _ type: Oid) -> SQLValue {
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return .null }
        let bytes = UnsafeBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        // bytea, in the hex format
        if type == 17 { return .bytes(Hex.bytes(UnsafeRawBufferPointer(bytes).dropFirst(2))) }
        let text = String(decoding: UnsafeRawBufferPointer(bytes), as: UTF8.self)
        switch type {
        // int8, int2, int4 (pg_type.dat)
        case 20, 21, 23: return Int64(text).map(SQLValue.integer) ?? .text(text)
        // float4, float8
        case 700, 701: return Double(text).map(SQLValue.real) ?? .text(text)
        default: return .text(text)
        }
    }
}

extension SQLValue {
    /// As it goes over the wire; nil: NULL. A text that models or people wrote is a JSON string, and has no NUL; names
    /// of ours have none either.
    fileprivate var wireText: String? {
        switch self {
        case .null: nil
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        // "The hex format" of bytea (PostgreSQL, Binary Data Types).
        case .bytes(let bytes): "\\x" + Hex.text(of: bytes)
        case .text(let text): text.utf8.contains(0) ? text.replacing("\0", with: "\u{fffd}") : text
        }
    }
}

/// Texts as C wants them: one block of bytes, and a pointer to the beginning of each.
private struct CTexts {
    private var bytes: [CChar] = []
    private var starts: [Int?] = []

    init(_ texts: [String?]) {
        bytes.reserveCapacity(texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) + 1 })
        for text in texts {
            guard let text else {
                starts.append(nil)
                continue
            }
            starts.append(bytes.count)
            for byte in text.utf8 { bytes.append(CChar(bitPattern: byte)) }
            bytes.append(0)
        }
    }

    /// The pointers hold inside `body`. A null one ends the list.
    func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            let pointers = starts.map { $0.flatMap { start in bytes.baseAddress.map { $0 + start } } } + [nil]
            return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
        }
    }
}

/// A `harvest.store` that is a PostgreSQL, taken apart by libpq.
struct PostgreSQLAddress {
    let url: String
    /// `postgresql://host:port/database`: no user, no password, no options.
    let place: String

    /// - Throws: `.refused`, without quoting the URL: it may hold a password.
    init(_ url: String) throws(StoreError) {
        guard let options = PQconninfoParse(url, nil) else {
            throw .refused(
                "harvest.store: not a PostgreSQL URL (postgresql://user:password@host:port/database?sslmode=...; "
                    + "other characters than letters and digits are percent-encoded)"
            )
        }
        defer { PQconninfoFree(options) }
        var found: [String: String] = [:]
        var option = options
        while let name = option.pointee.keyword {
            if let value = option.pointee.val { found[String(cString: name)] = String(cString: value) }
            option += 1
        }
        self.url = url
        let host = found["host"] ?? found["hostaddr"] ?? ""
        let port = found["port"].map { ":\($0)" } ?? ""
        place = "postgresql://\(host)\(port)/\(found["dbname"] ?? "")"
    }
}
