import Judgment

extension Fields {
    /// `redact:` of a route: a list of `regex: PATTERN` and `json_path: PATH`. Nil where there is nothing to redact.
    func redactor(_ key: String) -> Redactor? {
        guard let node = value(key) else { return standard(key, nil, .list([])) }
        guard case .list(let items) = node.value else {
            reading.problems.add(node.place, key: node.key, "expected a list of rules, found \(node.kind)")
            return nil
        }
        var rules: [Redactor.Rule] = []
        var effective: [Effective] = []
        for item in items {
            let entry = Fields(item, reading)
            if let rule = entry.redactionRule() { rules.append(rule) }
            entry.finish()
            effective.append(.mapping(entry.effective))
        }
        put(key, .list(effective))
        // Each rule was compiled when it was read: together they do too.
        return rules.isEmpty ? nil : try? Redactor(rules)
    }

    private func redactionRule() -> Redactor.Rule? {
        guard case .mapping = node.value else { return nil }
        let regex = text("regex")
        let path = text("json_path")
        if let second = value("json_path"), value("regex") != nil {
            reading.problems.add(second.keyPlace, key: second.key, "one rule an entry: begin another with '-'")
            return nil
        }
        if value("regex") == nil, value("json_path") == nil {
            missing("regex", "is missing: a rule says 'regex: PATTERN' or 'json_path: PATH'")
        }
        guard let rule = regex.map(Redactor.Rule.regex) ?? path.map(Redactor.Rule.jsonPath) else { return nil }
        do throws(RedactionRuleError) {
            _ = try Redactor([rule])
            return rule
        } catch {
            if let node = value(regex == nil ? "json_path" : "regex") {
                reading.problems.add(node.place, key: node.key, error.message)
            }
            return nil
        }
    }
}
