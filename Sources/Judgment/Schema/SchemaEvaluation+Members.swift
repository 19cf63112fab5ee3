import JSON

/// Which schemas apply to what is inside an object or an array.
extension SchemaEvaluation {
    /// A member's name was read: schemas for its value wait in `pending`, unless they refuse any value.
    mutating func readName(_ name: TextBytes, at offset: Int) {
        let top = levels.count - 1
        let level = levels[top]
        let member = level.count
        levels[top].count += 1
        path.removeSubrange(level.firstPathByte...)
        path.append(contentsOf: name)
        pending.removeSubrange(level.firstPending...)
        if level.canonicalStart >= 0 { canonical.appendKey(name) }
        let first = level.firstEvaluation
        let end = evaluations.count
        for index in first..<end where evaluations[index].state == .open {
            guard let rules = program.nodes[evaluations[index].node].objects else { continue }
            if member >= rules.most {
                fail(index, "maxProperties", at: offset) { "expected at most \(rules.most) members" }
                continue
            }
            if let watch = rules.watched[name] { sawWatched(watch, by: index) }
            checkRoom(index, rules, members: member + 1, at: offset)
            if let names = rules.names { checkName(names, name, by: index, at: offset) }
            applyMember(name, member, rules, of: index, at: offset)
            if isDecided { return }
        }
    }

    private mutating func sawWatched(_ watch: Int, by index: Int) {
        evaluations[index].watched.insert(watch)
        if evaluations[index].dependentFailed.contains(watch) {
            fail(index, "dependentSchemas") { "the object does not satisfy the schema that a member asks for" }
        }
    }

    private mutating func applyMember(
        _ name: TextBytes,
        _ member: Int,
        _ rules: ObjectRules,
        of index: Int,
        at offset: Int
    ) {
        guard evaluations[index].state == .open else { return }
        var isNamed = false
        if let position = rules.properties[name] {
            isNamed = true
            evaluations[index].named.insert(position)
            expect(rules.propertyTargets[position], .member, member, of: index, name, "properties", at: offset)
        }
        for (pattern, target) in rules.patterns {
            guard let matches = search(pattern, name) else { return }
            guard matches else { continue }
            isNamed = true
            expect(target, .member, member, of: index, name, "patternProperties", at: offset)
        }
        if !isNamed, let additional = rules.additional {
            isNamed = true
            expect(additional, .member, member, of: index, name, "additionalProperties", at: offset)
        }
        if isNamed {
            if evaluations[index].tracks { evaluations[index].evaluated.insert(member) }
        } else if let unevaluated = rules.unevaluated {
            expect(unevaluated, .unevaluated, member, of: index, name, "unevaluatedProperties", at: offset)
        }
    }

    /// The member's value, when it comes, is for this schema. One that allows no value fails at once.
    private mutating func expect(
        _ target: SchemaTarget,
        _ role: Role,
        _ member: Int,
        of index: Int,
        _ name: TextBytes,
        _ keyword: StaticString,
        at offset: Int
    ) {
        if case .node(let node) = target, let allowed = program.nodes[node].boolean {
            if allowed { return }
            if role == .unevaluated {
                evaluations[index].unevaluatedFailed.insert(member)
            } else {
                fail(index, keyword, at: offset) { "the member \(quoted(name)) is not allowed" }
            }
            return
        }
        pending.append(Pending(target: target, parent: index, role: role, position: member))
    }

    /// What `maxProperties` leaves must be enough for what is `required`.
    private mutating func checkRoom(_ index: Int, _ rules: ObjectRules, members: Int, at offset: Int) {
        guard rules.most < .max, !rules.required.isEmpty, evaluations[index].state == .open else { return }
        let missing = rules.required.filter { !evaluations[index].watched.contains($0) }
        guard missing.count > rules.most - members, let first = missing.first else { return }
        fail(index, "required", at: offset) {
            "no room is left for the member \(quoted(rules.watchedNames[first])): there may be \(rules.most)"
        }
    }

    /// `propertyNames`: a name is judged as a string of its own.
    private mutating func checkName(_ target: SchemaTarget, _ name: TextBytes, by index: Int, at offset: Int) {
        guard evaluations[index].state == .open else { return }
        beginName(target, by: index, at: offset)
        if !isDecided { checkString(name) }
        endInnermost(at: offset)
    }

    /// Opens a level for a member's name.
    mutating func beginName(_ target: SchemaTarget, by index: Int, at offset: Int) {
        levels.append(
            Level(
                kind: .string,
                firstEvaluation: evaluations.count,
                firstScope: scopes.count,
                firstPending: pending.count,
                firstPathByte: path.count,
                canonicalStart: -1,
                offset: offset
            )
        )
        spawn(target, parent: index, role: .name, position: 0)
    }

    /// An array's next item begins: its level is open already.
    mutating func spawnItem(_ item: Int, of parents: Range<Int>) {
        for index in parents where evaluations[index].state == .open {
            guard let rules = program.nodes[evaluations[index].node].arrays else { continue }
            if item >= rules.most {
                fail(index, "maxItems") { "expected at most \(rules.most) items" }
                continue
            }
            let isPrefix = item < rules.prefix.count
            if isPrefix {
                spawn(rules.prefix[item], parent: index, role: .member, position: item)
            } else if let rest = rules.rest {
                spawn(rest, parent: index, role: .member, position: item)
            }
            if let contains = rules.contains {
                spawn(contains, parent: index, role: .contains, position: item)
            }
            guard evaluations[index].state == .open else { continue }
            if isPrefix || rules.rest != nil {
                if evaluations[index].tracks { evaluations[index].evaluated.insert(item) }
            } else if let unevaluated = rules.unevaluated {
                spawn(unevaluated, parent: index, role: .unevaluated, position: item)
            }
            if isDecided { return }
        }
    }

    /// An item has ended: `uniqueItems` of the array around it.
    mutating func compareItem(_ form: ArraySlice<UInt8>, in outer: Int, at offset: Int) {
        let parents = levels[outer].firstEvaluation..<evaluations.count
        for index in parents where evaluations[index].state == .open {
            guard program.nodes[evaluations[index].node].arrays?.unique == true else { continue }
            guard pay(1 + form.count / 16) else { return }
            if !evaluations[index].seen.insert(Array(form)) {
                fail(index, "uniqueItems", at: offset) { "an item is there twice" }
            }
        }
    }
}

extension Set<[UInt8]>? {
    /// False if it was there already.
    fileprivate mutating func insert(_ form: [UInt8]) -> Bool {
        if self == nil { self = [] }
        return self!.insert(form).inserted
    }
}
