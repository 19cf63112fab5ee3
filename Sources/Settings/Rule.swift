/// One entry of a route's `rules:`; the first whose conditions all hold decides.
public struct Rule: Sendable {
    public enum Condition: Sendable, Hashable {
        /// More than `over`, fewer than `under` scalars of input.
        case inputCharacters(over: Int?, under: Int?)
        /// The client sent this header with exactly this value. The name is in lower case.
        case header(name: [UInt8], value: [UInt8])
        /// Between 0 and 1: a stable share of all inputs.
        case share(Double)
    }

    /// Empty: always.
    public let conditions: [Condition]
    public let use: ModelRole
    /// Answers in place of the route's small model; only with `use` small.
    public internal(set) var small: ModelSettings?
    /// In the file's list, from 0; salts `share`.
    public let position: Int

    static func list(_ fields: Fields, _ models: [String: ModelSettings]) -> [Rule] {
        guard let node = fields.value("rules") else {
            fields.put("rules", .list([]))
            return []
        }
        guard case .list(let items) = node.value else {
            fields.reading.problems.add(node.place, key: node.key, "expected a list of rules, found \(node.kind)")
            return []
        }
        var rules: [Rule] = []
        var effective: [Effective] = []
        for (position, item) in items.enumerated() {
            let entry = Fields(item, fields.reading)
            rules.append(Rule(entry, models, position: position))
            entry.finish()
            effective.append(.mapping(entry.effective))
        }
        fields.put("rules", .list(effective))
        for (rule, item) in zip(rules, items).dropLast() where rule.conditions.isEmpty {
            fields.reading.problems.note(item.place, key: item.key, "always matches: the rules after it never do")
        }
        return rules
    }

    private init(_ fields: Fields, _ models: [String: ModelSettings], position: Int) {
        self.position = position
        conditions = fields.optionalSection("when") { Self.conditions($0) } ?? []
        let use = fields.word("use", of: ModelRole.self)
        small = fields.model("small", among: models)
        self.use = use ?? .small
        if fields.value("use") == nil, fields.value("small") == nil {
            fields.missing("use", "is missing: a rule says 'use: small', 'use: large' or 'small: MODEL'")
        }
        if use == .large, let node = fields.value("small") {
            fields.reading.problems.add(node.place, key: node.key, "contradicts 'use: large'")
        }
    }

    private static func conditions(_ fields: Fields) -> [Condition] {
        var conditions: [Condition] = []
        _ = fields.optionalSection("input_chars") { fields in
            let over = fields.integer("over", in: 0...(.max))
            let under = fields.integer("under", in: 1...(.max))
            if fields.value("over") == nil, fields.value("under") == nil {
                fields.missing("over", "is missing: say 'over', 'under' or both")
            }
            if let over, let under, under <= over + 1, let node = fields.value("under") {
                fields.reading.problems.add(node.place, key: node.key, "no number is over \(over) and under \(under)")
            }
            conditions.append(.inputCharacters(over: over, under: under))
        }
        _ = fields.optionalSection("header") { fields in
            for entry in fields.own {
                let name = entry.name.lowercased()
                guard HeaderName.isValid(name) else {
                    let message = "'\(entry.name)' is no header's name"
                    fields.reading.problems.add(entry.namePlace, key: entry.value.key, message)
                    continue
                }
                guard let value = fields.text(entry.name) else {
                    if entry.value.isNull { fields.problem(at: entry.namePlace, entry.name, "needs a value") }
                    continue
                }
                conditions.append(.header(name: Array(name.utf8), value: Array(value.utf8)))
            }
        }
        if let share = fields.share("share") { conditions.append(.share(share)) }
        return conditions
    }
}
