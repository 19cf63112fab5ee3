import JSON

/// What only a finished value shows, and what a finished subschema means for the one that asked.
extension SchemaEvaluation {
    /// The innermost value has ended.
    mutating func endInnermost(at offset: Int) {
        guard !isDecided else { return }
        let top = levels.count - 1
        let level = levels[top]
        if level.canonicalStart >= 0 {
            if level.kind == .object { canonical.endObject(members: level.count) }
            if level.kind == .array { canonical.endArray() }
        }
        var index = evaluations.count - 1
        while index >= level.firstEvaluation {
            if evaluations[index].state == .open { finish(index, level, at: offset) }
            if isDecided { return }
            report(index)
            if isDecided { return }
            index -= 1
        }
        evaluations.removeSubrange(level.firstEvaluation...)
        scopes.removeSubrange(level.firstScope...)
        pending.removeSubrange(level.firstPending...)
        path.removeSubrange(level.firstPathByte...)
        levels.removeLast()
        if top > 0, levels[top - 1].kind == .array { checkRoom(in: top - 1, at: offset) }
        guard level.canonicalStart >= 0 else { return }
        if top > 0, levels[top - 1].kind == .array {
            compareItem(canonical.bytes[level.canonicalStart...], in: top - 1, at: offset)
        }
        if top == 0 || levels[top - 1].canonicalStart < 0 { canonical.removeAll() }
    }

    // MARK: The value itself

    private mutating func finish(_ index: Int, _ level: Level, at offset: Int) {
        let node = program.nodes[evaluations[index].node]
        if level.kind == .object || level.kind == .array {
            for choice in node.choices where level.canonicalStart >= 0 {
                checkChoice(index, choice, canonical.bytes[level.canonicalStart...]) { "another \(level.kind.words)" }
            }
        }
        finishInPlace(index, node, at: offset)
        if level.kind == .object, let rules = node.objects { finishObject(index, rules, level.count, at: offset) }
        if level.kind == .array, let rules = node.arrays { finishArray(index, rules, level.count, at: offset) }
    }

    private mutating func finishInPlace(_ index: Int, _ node: SchemaNode, at offset: Int) {
        guard node.hasOneOf || node.hasNot || node.hasIf, evaluations[index].state == .open else { return }
        let evaluation = evaluations[index]
        if node.hasOneOf, evaluation.oneOfMet != 1 {
            fail(index, "oneOf", at: offset) {
                evaluation.oneOfMet == 0 ? "no alternative holds" : "\(evaluation.oneOfMet) alternatives hold"
            }
        } else if node.hasNot, evaluation.notMet {
            fail(index, "not", at: offset) { "the value is what it must not be" }
        } else if node.hasIf, evaluation.ifMet, node.hasThen, !evaluation.thenMet {
            fail(index, "then", at: offset) { "the condition holds, and what follows from it does not" }
        } else if node.hasIf, !evaluation.ifMet, node.hasElse, !evaluation.elseMet {
            fail(index, "else", at: offset) { "the condition does not hold, nor does what follows from that" }
        }
    }

    private mutating func finishObject(_ index: Int, _ rules: ObjectRules, _ count: Int, at offset: Int) {
        guard evaluations[index].state == .open else { return }
        func name(_ watch: Int) -> String { quoted(rules.watchedNames[watch]) }
        for watch in rules.required where !evaluations[index].watched.contains(watch) {
            fail(index, "required", at: offset) { "the member \(name(watch)) is missing" }
            return
        }
        if count < rules.least {
            fail(index, "minProperties", at: offset) { "expected at least \(rules.least) members, found \(count)" }
            return
        }
        for (trigger, needed) in rules.dependent where evaluations[index].watched.contains(trigger) {
            for watch in needed where !evaluations[index].watched.contains(watch) {
                fail(index, "dependentRequired", at: offset) { "with \(name(trigger)), \(name(watch)) is missing" }
                return
            }
        }
        guard rules.unevaluated != nil, pay(count / 8) else { return }
        for member in 0..<count where !evaluations[index].evaluated.contains(member) {
            if evaluations[index].unevaluatedFailed.contains(member) {
                fail(index, "unevaluatedProperties", at: offset) { "member \(member + 1) is not allowed" }
                return
            }
        }
        evaluations[index].evaluated.insert(allBelow: count)
    }

    private mutating func finishArray(_ index: Int, _ rules: ArrayRules, _ count: Int, at offset: Int) {
        guard evaluations[index].state == .open else { return }
        if count < rules.least {
            fail(index, "minItems", at: offset) { "expected at least \(rules.least) items, found \(count)" }
            return
        }
        if rules.contains != nil {
            let met = evaluations[index].containsMet
            if met < rules.leastContains {
                fail(index, "contains", at: offset) { "\(met) items hold, expected at least \(rules.leastContains)" }
                return
            }
        }
        guard rules.unevaluated != nil, pay(count / 8) else { return }
        for item in 0..<count where !evaluations[index].evaluated.contains(item) {
            if evaluations[index].unevaluatedFailed.contains(item) {
                fail(index, "unevaluatedItems", at: offset) { "item \(item) is not allowed" }
                return
            }
        }
        evaluations[index].evaluated.insert(allBelow: count)
    }

    /// An item has ended: those that there is room for must be enough for `contains`.
    private mutating func checkRoom(in outer: Int, at offset: Int) {
        let count = levels[outer].count
        for index in levels[outer].firstEvaluation..<evaluations.count where evaluations[index].state == .open {
            guard let rules = program.nodes[evaluations[index].node].arrays, rules.contains != nil else { continue }
            let most = rules.rest.map(refusesAll) == true ? min(rules.most, rules.prefix.count) : rules.most
            // Both may be without limit; their difference is not.
            if most < .max, rules.leastContains - evaluations[index].containsMet > most - count {
                fail(index, "contains", at: offset) { "no room is left for \(rules.leastContains) items that hold" }
            }
        }
    }

    // MARK: Whom it concerns

    /// Tells the schema that asked how this one ended.
    private mutating func report(_ index: Int) {
        let parent = evaluations[index].parent
        guard parent >= 0, evaluations[parent].state == .open else { return }
        let position = evaluations[index].position
        switch (evaluations[index].state, evaluations[index].role) {
        case (.moot, _), (_, .root), (_, .name), (_, .member): return
        case (.failed, .unevaluated): evaluations[parent].unevaluatedFailed.insert(position)
        case (.failed, _): return
        case (.open, .conjunct): merge(index, into: parent)
        case (.open, .anyOf):
            evaluations[parent].anyOfMet = true
            merge(index, into: parent)
        case (.open, .oneOf):
            evaluations[parent].oneOfMet += 1
            merge(index, into: parent)
        case (.open, .not): evaluations[parent].notMet = true
        case (.open, .if):
            evaluations[parent].ifMet = true
            merge(index, into: parent)
        case (.open, .then):
            evaluations[parent].thenMet = true
            if evaluations[parent].ifMet { merge(index, into: parent) }
        case (.open, .else):
            evaluations[parent].elseMet = true
            if !evaluations[parent].ifMet { merge(index, into: parent) }
        case (.open, .dependent):
            if evaluations[parent].watched.contains(position) { merge(index, into: parent) }
        case (.open, .contains): metContains(position, of: parent)
        case (.open, .unevaluated): break
        }
    }

    private mutating func merge(_ child: Int, into parent: Int) {
        if evaluations[parent].tracks { evaluations[parent].evaluated.formUnion(evaluations[child].evaluated) }
    }

    private mutating func metContains(_ item: Int, of parent: Int) {
        evaluations[parent].containsMet += 1
        if evaluations[parent].tracks { evaluations[parent].evaluated.insert(item) }
        guard let rules = program.nodes[evaluations[parent].node].arrays else { return }
        if evaluations[parent].containsMet > rules.mostContains {
            fail(parent, "maxContains") { "more than \(rules.mostContains) items hold" }
        }
    }
}
