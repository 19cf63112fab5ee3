/// `harvest:` — where candidates and exchange records go.
public struct HarvestSettings: Sendable {
    public enum Store: Sendable, Hashable {
        /// Absolute path of the database file.
        case sqlite(path: String)
        /// Shared by gateways. May hold a password: nothing shows it.
        case postgresql(url: String)

        /// As the store's opener reads it.
        public var setting: String {
            switch self {
            case .sqlite(let path): "sqlite:\(path)"
            case .postgresql(let url): url
            }
        }
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
        if ["postgres://", "postgresql://"].contains(where: { scalar.text.hasPrefix($0) }) {
            return postgresql(scalar.text, node, fields) ?? .sqlite(path: standard)
        }
        // Not quoted: it may hold a password.
        fields.reading.problems.add(node.place, key: node.key, "expected sqlite:PATH or postgresql://...")
        return .sqlite(path: standard)
    }

    /// libpq reads the URL; here only what would make it another one than was meant. Nothing of it is quoted.
    private static func postgresql(_ url: String, _ node: ConfigNode, _ fields: Fields) -> Store? {
        let rest = url.drop { $0 != "/" }.dropFirst(2)
        var problem: String?
        if url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) {
            problem = "a PostgreSQL URL has no blanks: they are written %20"
        } else if rest.isEmpty || rest == "/" {
            problem = "a PostgreSQL URL names a host or a database: postgresql://HOST/DATABASE"
        } else if rest.prefix(while: { $0 != "/" && $0 != "?" }).count(where: { $0 == "@" }) > 1 {
            problem = "an @ within user or password is written %40"
        }
        if let problem {
            fields.reading.problems.add(node.place, key: node.key, problem)
            return nil
        }
        fields.put("store", .secret(url, shown: masked(url)))
        return .postgresql(url: url)
    }

    /// The URL without its password, also where that stands among the options.
    private static func masked(_ url: String) -> String {
        var shown = url
        if let at = shown.lastIndex(of: "@"), let scheme = shown.firstRange(of: "://"),
            let colon = shown[scheme.upperBound..<at].firstIndex(of: ":")
        {
            shown.replaceSubrange(colon..<at, with: ":***")
        }
        let parts = shown.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return shown }
        let options = parts[1].split(separator: "&", omittingEmptySubsequences: false).map { option in
            option.hasPrefix("password=") || option.hasPrefix("sslpassword=")
                ? "\(option.prefix { $0 != "=" })=***" : option
        }
        return parts[0] + "?" + options.joined(separator: "&")
    }
}
