import JSON

/// What a token shows before its end, exactly: each of these fails an evaluation only if every text that goes on from
/// here fails it, or is no JSON without a member twice.
///
/// | has begun | is refuted when |
/// | --- | --- |
/// | a literal | its first byte is one that no allowed value has |
/// | a number | no number is allowed here; no number that is written so can satisfy the keyword (`NumberPrefix`) |
/// | a string | no `enum` or `const` begins so; it is too long; its anchored `pattern` cannot match any more |
/// | a name | `additionalProperties: false` and none that is allowed, and was not there yet, begins so; `propertyNames` |
/// | the comma before a member or an item | there may be no further one |
extension SchemaEvaluation: JSONBeginnings {
    mutating func literalBegins(_ literal: JSONLiteral, at offset: Int) {
        guard !isDecided, !scalarIsOpen else { return }
        open(literal == .null ? .null : .boolean, at: offset)
        if !isDecided { checkLiteral(literal) }
    }

    mutating func numberBegins(_ text: TextBytes, at offset: Int) {
        guard !isDecided else { return }
        open(.number, at: offset)
        if !isDecided { checkNumberPrefix(text) }
    }

    mutating func stringBegins(_ text: TextBytes, at offset: Int) {
        guard !isDecided else { return }
        open(.string, at: offset)
        looks += 1
        if !isDecided { checkStringPrefix(text) }
    }

    mutating func nameBegins(_ text: TextBytes, at offset: Int) {
        if !isDecided { checkNamePrefix(text, at: offset) }
    }

    mutating func memberIsDue(at offset: Int) {
        if !isDecided { checkNamePrefix(TextBytes(start: nil, count: 0), at: offset) }
    }

    mutating func itemIsDue(at offset: Int) {
        guard !isDecided else { return }
        let item = levels[levels.count - 1].count
        for index in innermost where evaluations[index].state == .open {
            guard let rules = program.nodes[evaluations[index].node].arrays else { continue }
            if item >= rules.most {
                fail(index, "maxItems", at: offset) { "expected at most \(rules.most) items" }
            } else if let target = item < rules.prefix.count ? rules.prefix[item] : rules.rest, refusesAll(target) {
                fail(index, "items", at: offset) { "expected at most \(item) items" }
            }
        }
    }

    /// Is it the schema `false`?
    func refusesAll(_ target: SchemaTarget) -> Bool {
        guard case .node(let node) = target else { return false }
        return program.nodes[node].boolean == false
    }

    // MARK: Numbers

    private mutating func checkNumberPrefix(_ text: TextBytes) {
        var known: NumberPrefix?
        func number() -> NumberPrefix {
            if known == nil { known = NumberPrefix(text) }
            return known!
        }
        for index in innermost where evaluations[index].state == .open {
            let node = program.nodes[evaluations[index].node]
            if !node.types.contains(.number), !number().mayBeInteger {
                fail(index, "type") { "expected \(node.types.words), found \(quoted(text))" }
            }
            if let rules = node.numbers { checkNumberPrefix(index, rules, number(), text) }
            for choice in node.choices where evaluations[index].state == .open {
                if !choice.numbers.contains(where: { number().mayBe($0) }) {
                    fail(index, choice.keyword) { "expected \(choice.words), found \(quoted(text))" }
                }
            }
        }
    }

    private mutating func checkNumberPrefix(
        _ index: Int,
        _ rules: NumberRules,
        _ number: NumberPrefix,
        _ text: TextBytes
    ) {
        if let minimum = rules.minimum, !number.mayBe(atLeast: minimum, strictly: false) {
            fail(index, "minimum") { "\(quoted(text)) is too small" }
        } else if let maximum = rules.maximum, !number.mayBe(atMost: maximum, strictly: false) {
            fail(index, "maximum") { "\(quoted(text)) is too large" }
        } else if let minimum = rules.exclusiveMinimum, !number.mayBe(atLeast: minimum, strictly: true) {
            fail(index, "exclusiveMinimum") { "\(quoted(text)) is too small" }
        } else if let maximum = rules.exclusiveMaximum, !number.mayBe(atMost: maximum, strictly: true) {
            fail(index, "exclusiveMaximum") { "\(quoted(text)) is too large" }
        } else if let divisor = rules.multipleOf, !number.mayBeMultiple(of: divisor) {
            fail(index, "multipleOf") { "\(quoted(text)) is no multiple" }
        }
    }

    // MARK: Strings

    private mutating func checkStringPrefix(_ text: TextBytes) {
        var known: Int?
        func length() -> Int {
            if known == nil { known = countScalars(text) }
            return known!
        }
        for index in innermost where evaluations[index].state == .open {
            let node = program.nodes[evaluations[index].node]
            if let rules = node.strings {
                // Counted only where there are more bytes than characters allowed: not at every token of a long string.
                if text.count > rules.most, length() > rules.most {
                    fail(index, "maxLength") { "expected at most \(rules.most) characters" }
                } else if let pattern = rules.pattern, pattern.isAnchored, CompiledPattern.isDue(look: looks),
                    !pattern.isViable(text, scratch: scratch ?? JudgingScratch())
                {
                    fail(index, "pattern") {
                        "nothing that begins with \(quoted(text)) matches \(quoted(rules.patternText.utf8))"
                    }
                }
            }
            for choice in node.choices where evaluations[index].state == .open {
                if !choice.strings.hasKey(beginningWith: text) {
                    fail(index, choice.keyword) { "expected \(choice.words), found \(quoted(text))" }
                }
            }
        }
    }

    // MARK: Names

    /// A name begins so; an empty one may be due, not begun.
    private mutating func checkNamePrefix(_ text: TextBytes, at offset: Int) {
        let level = levels[levels.count - 1]
        let end = evaluations.count
        for index in level.firstEvaluation..<end where evaluations[index].state == .open {
            guard let rules = program.nodes[evaluations[index].node].objects else { continue }
            if level.count >= rules.most {
                fail(index, "maxProperties", at: offset) { "expected at most \(rules.most) members" }
            } else if let additional = rules.additional, refusesAll(additional), !allowsName(text, rules, index) {
                fail(index, "additionalProperties", at: offset) {
                    text.isEmpty
                        ? "no further member is allowed"
                        : "no further member that begins with \(quoted(text)) is allowed"
                }
            } else if let names = rules.names {
                checkNamePrefix(names, text, by: index, at: offset)
            }
            if isDecided { return }
        }
    }

    /// Does one of the members that are allowed, and were not there yet, begin so?
    private func allowsName(_ text: TextBytes, _ rules: ObjectRules, _ index: Int) -> Bool {
        let named = evaluations[index].named
        if rules.properties.hasKey(
            beginningWith: text,
            where: { !named.contains($0) && !refusesAll(rules.propertyTargets[$0]) }
        ) {
            return true
        }
        return rules.patterns.contains { pattern, target in
            !refusesAll(target) && pattern.isViable(text, scratch: scratch ?? JudgingScratch())
        }
    }

    /// As `checkName`; but how the name ends is not known, so nothing is told of what holds.
    private mutating func checkNamePrefix(_ target: SchemaTarget, _ text: TextBytes, by index: Int, at offset: Int) {
        beginName(target, by: index, at: offset)
        let level = levels[levels.count - 1]
        if !isDecided { checkStringPrefix(text) }
        guard !isDecided else { return }
        evaluations.removeSubrange(level.firstEvaluation...)
        scopes.removeSubrange(level.firstScope...)
        levels.removeLast()
    }
}
