// One SQL for two databases. Queries are written once (the files Tables+...), over what SQLite and PostgreSQL have in
// common; what they do not have in common is in SQLDialect, one member each.
//
// What they have in common, and what to mind:
// - Placeholders are `?`, in order; a `?` stands for nothing else. Lists are `IN (\(places(n)))`.
// - Types: 64-bit integers (flags are 0 and 1), doubles, texts, bytes. Ids are texts here and UUIDs there, in one order.
//   Sums are cast to BIGINT. What may hold a NUL is kept as a JSON string: PostgreSQL's texts cannot have one.
// - `ON CONFLICT`, `RETURNING`, common table expressions, partial indexes, and `UNION ALL` of
//   `SELECT * FROM (SELECT ... LIMIT n) AS x`.
// - PostgreSQL has several writers at once. A transaction locks rows in this order, so that no two wait for each other:
//   the lock of `keepPagesOpen` (at any moment: nobody who has it for himself waits for a row), candidates by id,
//   clusters by id, tallies by their key, pages by number. Where two wait for each other all the same (a decision on a
//   candidate that is made whole just then), one is undone and begun again.

/// A value in a statement or a row.
enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])

    init(_ text: String?) { self = text.map(SQLValue.text) ?? .null }
    init(_ id: CandidateID) { self = .text(id.description) }
    init(_ id: CandidateID?) { self = id.map { SQLValue($0) } ?? .null }
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
    init(_ number: Int) { self = .integer(Int64(number)) }
    init(_ time: WallTime) { self = .integer(time.milliseconds) }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int64) { self = .integer(number) }
}

/// One row, by the positions of the statement's columns. A column of another type than asked for is our own mistake in
/// the statement, or a damaged file.
struct SQLRow: Sendable {
    var values: [SQLValue]

    subscript(column: Int) -> SQLValue { values[column] }

    func optionalText(_ column: Int) -> String? {
        if case .text(let text) = values[column] { text } else { nil }
    }

    func optionalInteger(_ column: Int) -> Int64? {
        if case .integer(let number) = values[column] { number } else { nil }
    }

    func text(_ column: Int) throws(StoreError) -> String {
        guard let text = optionalText(column) else { throw odd(column) }
        return text
    }

    func integer(_ column: Int) throws(StoreError) -> Int64 {
        guard let number = optionalInteger(column) else { throw odd(column) }
        return number
    }

    func number(_ column: Int) throws(StoreError) -> Int { Int(try integer(column)) }

    func bytes(_ column: Int) throws(StoreError) -> [UInt8] {
        guard case .bytes(let bytes) = values[column] else { throw odd(column) }
        return bytes
    }

    func flag(_ column: Int) throws(StoreError) -> Bool { try integer(column) != 0 }

    func real(_ column: Int) throws(StoreError) -> Double {
        switch values[column] {
        case .real(let number): return number
        case .integer(let number): return Double(number)
        case .null, .text, .bytes: throw odd(column)
        }
    }

    func time(_ column: Int) throws(StoreError) -> WallTime { WallTime(milliseconds: try integer(column)) }

    func id(_ column: Int) throws(StoreError) -> CandidateID {
        guard let id = CandidateID(try text(column)) else { throw odd(column) }
        return id
    }

    /// One of a closed list of words.
    func word<Word: RawRepresentable<String>>(_ column: Int, _: Word.Type = Word.self) throws(StoreError) -> Word {
        guard let word = Word(rawValue: try text(column)) else { throw odd(column) }
        return word
    }

    private func odd(_ column: Int) -> StoreError {
        .broken("the store holds a row that this program cannot read (column \(column + 1))")
    }
}

/// A database, used by one thread at a time.
protocol SQLDatabase: AnyObject {
    /// Names it in errors; no password.
    var place: String { get }

    var dialect: SQLDialect { get }

    /// Runs `body` in one transaction that sees one state of the database and changes nothing.
    func read<Result>(_ body: (any SQLConnection) throws -> Result) throws(StoreError) -> Result

    /// Runs `body` in one transaction, all of it or nothing; when this returns it survives power loss. `body` may be
    /// run again from its beginning, after it was undone.
    func write<Result>(_ body: (any SQLConnection) throws -> Result) throws(StoreError) -> Result

    /// After a deletion for somebody's sake: takes what was deleted out of what the database keeps beside its tables,
    /// as far as that is in our hands.
    func scrub()

    /// Once. Nothing may be asked of it afterwards.
    func close()
}

extension SQLDatabase {
    /// All that are due, in a transaction each, so that others have their turn.
    func sealPages() throws(StoreError) {
        func isDue() throws(StoreError) -> Bool { try read { sql in try Tables(sql, FacetBook()).isPageDue() } }
        while try isDue() { try write { sql in try Tables(sql, FacetBook()).sealPage() } }
    }
}

/// The inside of a transaction; of no use outside.
protocol SQLConnection {
    var dialect: SQLDialect { get }

    /// Statements without placeholders and rows, as many as there are in the text.
    func script(_ sql: String) throws

    /// One statement.
    func rows(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow]

    /// One statement without rows.
    /// - Returns: how many rows it changed, inserted or deleted.
    @discardableResult func change(_ sql: String, _ values: [SQLValue]) throws -> Int

    /// Inserts many rows of one table.
    /// - Parameter suffix: what follows the values: `ON CONFLICT ...`.
    /// - Returns: the column `returning` of every row that was inserted; none where it is nil.
    @discardableResult func insert(
        into table: String,
        _ columns: [String],
        _ rows: [[SQLValue]],
        suffix: String,
        returning: String?
    ) throws -> [SQLValue]
}

extension SQLConnection {
    func row(_ sql: String, _ values: [SQLValue]) throws -> SQLRow? { try rows(sql, values).first }

    /// A number the statement always has.
    func number(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try row(sql, values)?.number(0) ?? 0
    }

    @discardableResult func insert(
        into table: String,
        _ columns: [String],
        _ rows: [[SQLValue]],
        suffix: String = ""
    ) throws -> [SQLValue] {
        try insert(into: table, columns, rows, suffix: suffix, returning: nil)
    }
}

/// `?, ?, ?`
func places(_ count: Int) -> String {
    Array(repeating: "?", count: count).joined(separator: ", ")
}

extension Collection {
    /// Parts of at most `size`, in order: statements take a limited number of values.
    func parts(of size: Int) -> [SubSequence] {
        var parts: [SubSequence] = []
        var rest = self[...]
        while !rest.isEmpty {
            parts.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        return parts
    }
}
