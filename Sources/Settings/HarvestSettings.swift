/// `harvest:` — where candidates and exchange records go.
public struct HarvestSettings: Sendable {
    public enum Store: Sendable, Hashable {
        /// Absolute path of the database file.
        case sqlite(path: String)
    }

    /// What records are kept at most.
    public struct Keep: Sendable, Hashable {
        public var age: Duration
        /// Bytes.
        public var size: Int
    }

    public var store: Store
    /// Absolute directory; one process owns it.
    public var spool: String
    /// How long an answer waits for its candidate to be in the spool.
    public var deadline: Duration
    /// Bytes.
    public var spoolLimit: Int
    /// Absolute directory of the exchange records.
    public var records: String
    public var keep: Keep

    init(_ fields: Fields) {
        store = Self.store(fields)
        spool = fields.path("spool", default: "var/spool")
        deadline = fields.duration("deadline", default: .milliseconds(100))
        spoolLimit = fields.size("spool_limit", default: 1 << 30, in: 1 << 20...(.max))
        records = fields.path("records", default: "var/records")
        keep = fields.section("keep") { fields in
            Keep(
                age: fields.duration("age", default: .seconds(90 * 86_400)),
                size: fields.size("size", default: 10 << 30, in: 1 << 20...(.max))
            )
        }
    }

    private static func store(_ fields: Fields) -> Store {
        let standard = fields.reading.resolve("var/understudy.db")
        guard let (node, scalar) = fields.scalar("store", "a store such as sqlite:var/understudy.db") else {
            return fields.standard("store", .sqlite(path: standard), .text("sqlite:\(standard)"))
        }
        if scalar.text.hasPrefix("sqlite:"), scalar.text.count > 7 {
            let path = fields.reading.resolve(String(scalar.text.dropFirst(7)))
            return fields.standard("store", .sqlite(path: path), .text("sqlite:\(path)"))
        }
        let later = ["postgres:", "postgresql:"].contains { scalar.text.hasPrefix($0) }
        // Not quoted: it may hold a password.
        let message = later ? "PostgreSQL is not in this version" : "expected sqlite:PATH"
        fields.reading.problems.add(node.place, key: node.key, message)
        return .sqlite(path: standard)
    }
}
