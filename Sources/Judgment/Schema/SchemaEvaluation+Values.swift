import JSON

/// What a value must be by itself: its type, its size, being one of a list.
extension SchemaEvaluation {
    /// What the beginning of a value shows.
    mutating func check(_ index: Int, _ node: SchemaNode, kind: SchemaTypes) {
        if node.boolean == false {
            fail(index, "false") { "no value is allowed here" }
            return
        }
        // A number's kind is known when it ends; `number` is asked for with `integer`.
        let possible: SchemaTypes = kind == .number ? [.number, .integer] : kind
        if node.types.isDisjoint(with: possible) {
            fail(index, "type") { "expected \(node.types.words), found \(kind.words)" }
            return
        }
        for choice in node.choices where choice.types.isDisjoint(with: possible) {
            fail(index, choice.keyword) { "expected \(choice.words), found \(kind.words)" }
            return
        }
    }

    /// The open evaluations of the innermost value.
    var innermost: Range<Int> {
        levels[levels.count - 1].firstEvaluation..<evaluations.count
    }

    mutating func checkNumber(_ text: TextBytes) {
        var known: ExactDecimal?
        func number() -> ExactDecimal {
            if known == nil { known = ExactDecimal(text) }
            return known!
        }
        for index in innermost where evaluations[index].state == .open {
            let node = program.nodes[evaluations[index].node]
            if !node.types.contains(.number), !number().isInteger {
                fail(index, "type") { "expected \(node.types.words), found \(quoted(text))" }
            }
            if let rules = node.numbers { checkNumber(index, rules, number(), text) }
            for choice in node.choices {
                var form = CanonicalValue()
                form.append(number())
                checkChoice(index, choice, form.bytes[...]) { quoted(text) }
            }
        }
        if levels[levels.count - 1].canonicalStart >= 0 { canonical.append(number()) }
    }

    private mutating func checkNumber(_ index: Int, _ rules: NumberRules, _ number: ExactDecimal, _ text: TextBytes) {
        if let minimum = rules.minimum, number.compare(minimum) < 0 {
            fail(index, "minimum") { "\(quoted(text)) is too small" }
        } else if let maximum = rules.maximum, number.compare(maximum) > 0 {
            fail(index, "maximum") { "\(quoted(text)) is too large" }
        } else if let minimum = rules.exclusiveMinimum, number.compare(minimum) <= 0 {
            fail(index, "exclusiveMinimum") { "\(quoted(text)) is too small" }
        } else if let maximum = rules.exclusiveMaximum, number.compare(maximum) >= 0 {
            fail(index, "exclusiveMaximum") { "\(quoted(text)) is too large" }
        } else if let divisor = rules.multipleOf, !number.isMultiple(of: divisor) {
            fail(index, "multipleOf") { "\(quoted(text)) is no multiple" }
        }
    }

    mutating func checkLiteral(_ literal: JSONLiteral) {
        for index in innermost where evaluations[index].state == .open {
            for choice in program.nodes[evaluations[index].node].choices {
                var form = CanonicalValue()
                form.append(literal)
                checkChoice(index, choice, form.bytes[...]) { "\(literal)" }
            }
        }
        if levels[levels.count - 1].canonicalStart >= 0 { canonical.append(literal) }
    }

    /// A whole string.
    mutating func checkString(_ text: TextBytes) {
        var known: Int?
        func length() -> Int {
            if known == nil { known = countScalars(text) }
            return known!
        }
        for index in innermost where evaluations[index].state == .open {
            let node = program.nodes[evaluations[index].node]
            if let rules = node.strings {
                if rules.most < .max, length() > rules.most {
                    fail(index, "maxLength") { "expected at most \(rules.most) characters" }
                } else if rules.least > 0, length() < rules.least {
                    fail(index, "minLength") { "expected at least \(rules.least) characters, found \(length())" }
                } else {
                    checkPattern(index, rules, text)
                }
            }
            for choice in node.choices where evaluations[index].state == .open {
                if !choice.strings.contains(text) {
                    fail(index, choice.keyword) { "expected \(choice.words), found \(quoted(text))" }
                }
            }
            if isDecided { return }
        }
        if levels[levels.count - 1].canonicalStart >= 0 { canonical.append(string: text) }
    }

    private mutating func checkPattern(_ index: Int, _ rules: StringRules, _ text: TextBytes) {
        if let pattern = rules.pattern {
            switch search(pattern, text) {
            case true?: break
            case false?:
                fail(index, "pattern") { "\(quoted(text)) does not match \(quoted(rules.patternText.utf8))" }
            case nil: return
            }
        }
        if let format = rules.format, pay(text.count / 8), !format.accepts(text) {
            fail(index, "format") { "\(quoted(text)) is no \(format.rawValue)" }
        }
    }

    /// Nil at a limit, which is then noted.
    mutating func search(_ pattern: CompiledPattern, _ text: TextBytes) -> Bool? {
        switch pattern.search(text, scratch: scratch ?? JudgingScratch()) {
        case .found: return true
        case .notFound: return false
        case .limit:
            noteLimit("matching a pattern of the schema took too many steps")
            return nil
        }
    }

    /// Is the value, in canonical form, one of an `enum`'s?
    mutating func checkChoice(
        _ index: Int,
        _ choice: ValueChoice,
        _ form: ArraySlice<UInt8>,
        found: () -> String
    ) {
        guard evaluations[index].state == .open else { return }
        if !choice.canonical.contains(where: { $0.elementsEqual(form) }) {
            fail(index, choice.keyword) { "expected \(choice.words), found \(found())" }
        }
    }
}
