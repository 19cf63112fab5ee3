/// What a model that half knows the code-search language makes of a query.
extension SearchQuery {
    var mistakes: Student.Mistakes {
        Student.Mistakes(wrong: wrongReadings.map(\.line), unreadable: otherNotations)
    }

    /// The readings that miss something: an operator, a unit, a direction, a minus sign, a term.
    private var wrongReadings: [SearchQuery] {
        var readings: [SearchQuery] = []
        func add(_ change: (inout SearchQuery) -> Void) {
            var reading = self
            change(&reading)
            if reading != self, !reading.isEmpty { readings.append(reading) }
        }
        for (index, term) in terms.enumerated() {
            if term.negated { add { $0.terms[index].negated = false } }
            if let comparison = Self.confused[term.comparison], term.field.isCompared {
                add { $0.terms[index].comparison = comparison }
            }
            if let value = Self.misread(term) { add { $0.terms[index].value = value } }
            if terms.count > 1 { add { $0.terms.remove(at: index) } }
        }
        if let sort {
            add { $0.sort?.descending.toggle() }
            if let field = Self.takenFor[sort.field] { add { $0.sort?.field = field } }
            if limit != nil { add { $0.sort = nil } }
        }
        if let limit { add { $0.limit = limit == 10 ? 5 : 10 } } else { add { $0.limit = 10 } }
        return readings
    }

    private static let confused: [Comparison: Comparison] = [
        .over: .atLeast, .atLeast: .over, .under: .atMost, .atMost: .under, .equal: .over,
    ]

    private static let takenFor: [Field: Field] = [
        .lines: .duration, .duration: .lines, .complexity: .lines, .tests: .complexity, .changed: .author, .name: .path,
        .path: .name,
    ]

    /// A value that is near the right one, and is not it.
    private static func misread(_ term: Term) -> String? {
        let value = term.value
        switch term.field {
        case .kind: return ["function": "method", "method": "function", "class": "struct", "struct": "class"][value]
        case .recursive: return value == "true" ? "false" : "true"
        case .path, .name:
            if value.hasPrefix("*"), value.count > 1 { return String(value.dropFirst()) }
            return value.hasSuffix("*") && value.count > 1 ? String(value.dropLast()) : value + "*"
        case .author: return value == "me" ? nil : "me"
        case .changed, .duration:
            let units = ["d": "w", "w": "d", "y": "d", "h": "d", "us": "ms", "ms": "s", "s": "ms"]
            let number = value.prefix { !$0.isLetter }
            return units[String(value.dropFirst(number.count))].map { number + $0 }
        case .complexity, .lines, .tests: return value + "0"
        case .language, .calls: return nil
        }
    }

    /// The same in words or notations that are not the language.
    private var otherNotations: [String] {
        let kind = terms.first { $0.field == .kind }?.value ?? "match"
        let conditions = terms.map { term in
            let sign = term.comparison == .equal ? "=" : term.comparison.rawValue
            return "\(term.negated ? "NOT " : "")\(term.field.rawValue) \(sign) '\(term.value)'"
        }
        let members = terms.map { "\"\($0.field.rawValue)\": \"\($0.value)\"" }
        return [
            "Here is what I found: \(line)",
            "SELECT * FROM code" + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")),
            "{\(members.joined(separator: ", "))}",
            "These are the \(kind)s that you asked for:",
            "query = \(line)",
            line + " order:best",
        ]
    }
}

extension SearchQuery.Field {
    /// Whether its values are numbers or times, which `<` and `>` compare.
    var isCompared: Bool {
        switch self {
        case .complexity, .duration, .lines, .tests, .changed: true
        case .kind, .language, .path, .name, .calls, .recursive, .author: false
        }
    }
}
