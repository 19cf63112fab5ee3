/// One line of the code-search language: what to look for, in which order, how many.
///
/// The language is meant to be short (a small model writes it token by token), to have one spelling for one meaning (so
/// that answers compare as text), and to be checked by a small grammar: `config/code-search/code-search.gbnf`. What its
/// fields mean stands in `config/code-search/README.md`. Terms stand in the order of `Field`, `sort` and `limit` at the
/// end: "find me my slowest recursive functions" is `kind:function recursive:true sort:-duration limit:10`.
public struct SearchQuery: Sendable, Equatable {
    public enum Field: String, Sendable, CaseIterable {
        case kind, language, path, name, calls, recursive, complexity, duration, lines, tests, author, changed
    }

    public enum Comparison: String, Sendable {
        case equal = ":"
        case over = ">"
        case atLeast = ">="
        case under = "<"
        case atMost = "<="
    }

    public struct Term: Sendable, Equatable {
        public var field: Field
        public var comparison: Comparison = .equal
        public var value: String
        public var negated = false
    }

    public struct Sort: Sendable, Equatable {
        public var field: Field
        public var descending: Bool
    }

    public var terms: [Term] = []
    public var sort: Sort?
    public var limit: Int?

    public init() {}

    public var isEmpty: Bool { terms.isEmpty && sort == nil && limit == nil }

    /// Adds a term once: a question that says a thing twice means it once.
    mutating func add(_ field: Field, _ comparison: Comparison = .equal, _ value: String, negated: Bool = false) {
        let term = Term(field: field, comparison: comparison, value: value, negated: negated)
        if !terms.contains(term) { terms.append(term) }
    }
}

extension SearchQuery {
    /// The line itself, in the one canonical spelling.
    public var line: String {
        var parts: [String] = []
        for field in Field.allCases {
            for term in terms where term.field == field {
                let sign = term.negated ? "-" : ""
                parts.append(sign + field.rawValue + term.comparison.rawValue + Self.spelt(term.value))
            }
        }
        if let sort { parts.append("sort:" + (sort.descending ? "-" : "") + sort.field.rawValue) }
        if let limit { parts.append("limit:\(limit)") }
        return parts.joined(separator: " ")
    }

    /// Bare where every scalar may stand bare, else quoted with `\` before `"` and `\`.
    static func spelt(_ value: String) -> String {
        let bare = value.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "*", "/", "+", "@", "-": true
            default: false
            }
        }
        if bare && !value.isEmpty { return value }
        var quoted = "\""
        for character in value {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        return quoted + "\""
    }
}
