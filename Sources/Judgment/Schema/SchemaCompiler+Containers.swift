import JSON

/// The keywords of objects and arrays.
extension SchemaCompiler {
    // MARK: Objects

    mutating func compileObjects(
        of source: SchemaSource,
        into draft: inout SchemaNodeDraft
    ) throws(SchemaError) {
        var rules = ObjectRules()
        var watch = Watch()
        var any = false
        func object(_ keyword: String) throws(SchemaError) -> SchemaSource? {
            guard let value = source[keyword] else { return nil }
            guard case .object = value.tree else { throw value.error("expected an object") }
            any = true
            return value
        }
        if let map = try object("properties") {
            var pairs: [(key: [UInt8], value: Int)] = []
            for (name, value) in map.members {
                pairs.append((Array(name.utf8), rules.propertyTargets.count))
                rules.propertyTargets.append(try target(value))
            }
            rules.properties = KeyTable(pairs)
        }
        if let map = try object("patternProperties") {
            for (name, value) in map.members {
                rules.patterns.append((try pattern(name, at: value), try target(value)))
            }
        }
        if let value = source["additionalProperties"] { rules.additional = try target(value) }
        if let value = source["unevaluatedProperties"], source.resource.dialect == .draft2020 {
            rules.unevaluated = try target(value)
        }
        if let value = source["propertyNames"] { rules.names = try target(value) }
        rules.least = try count(source["minProperties"]) ?? 0
        rules.most = try count(source["maxProperties"]) ?? .max
        if let list = source["required"] { rules.required = try watch.positions(list) }
        if let map = try object("dependentRequired") {
            for (name, value) in map.members {
                rules.dependent.append((watch.position(Array(name.utf8)), try watch.positions(value)))
            }
        }
        for keyword in ["dependentSchemas", "dependencies"] {
            guard let map = try object(keyword) else { continue }
            for (name, value) in map.members {
                let trigger = watch.position(Array(name.utf8))
                if keyword == "dependencies", case .array = value.tree {
                    rules.dependent.append((trigger, try watch.positions(value)))
                } else {
                    draft.inPlace.append(InPlace(kind: .dependent(watch: trigger), target: try target(value)))
                }
            }
        }
        rules.watched = watch.table
        rules.watchedNames = watch.names
        any = any || rules.additional != nil || rules.unevaluated != nil || rules.names != nil || rules.least > 0
        if any || rules.most < .max || !rules.watchedNames.isEmpty { draft.objects = rules }
    }

    /// Names whose presence matters, each with a position.
    private struct Watch {
        private(set) var names: [[UInt8]] = []
        private var known: [[UInt8]: Int] = [:]

        mutating func position(_ name: [UInt8]) -> Int {
            if let position = known[name] { return position }
            known[name] = names.count
            names.append(name)
            return names.count - 1
        }

        mutating func positions(_ list: SchemaSource) throws(SchemaError) -> [Int] {
            guard case .array = list.tree else { throw list.error("expected a list of names") }
            var positions: [Int] = []
            for item in list.items {
                guard case .string(let name) = item.tree else { throw item.error("expected a name") }
                positions.append(position(Array(name.utf8)))
            }
            return positions
        }

        var table: KeyTable { KeyTable(names.enumerated().map { (key: $0.element, value: $0.offset) }) }
    }

    // MARK: Arrays

    mutating func compileArrays(
        of source: SchemaSource,
        into draft: inout SchemaNodeDraft
    ) throws(SchemaError) {
        var rules = ArrayRules()
        let isNew = source.resource.dialect == .draft2020
        let prefix = isNew ? source["prefixItems"] : source["items"]
        if let prefix, case .array = prefix.tree {
            for item in prefix.items { rules.prefix.append(try target(item)) }
            if !isNew, let rest = source["additionalItems"] { rules.rest = try target(rest) }
        } else if isNew, let prefix {
            throw prefix.error("expected a list of schemas")
        } else if !isNew, let rest = source["additionalItems"] {
            _ = try target(rest)  // means nothing without a list, but must be a schema
        }
        if let items = source["items"] {
            if case .array = items.tree {
                if isNew { throw items.error("a list here is draft 7's; draft 2020-12 says prefixItems") }
            } else {
                rules.rest = try target(items)
            }
        }
        if let value = source["contains"] { rules.contains = try target(value) }
        if isNew {
            rules.leastContains = try count(source["minContains"]) ?? 1
            rules.mostContains = try count(source["maxContains"]) ?? .max
            if let value = source["unevaluatedItems"] { rules.unevaluated = try target(value) }
        }
        rules.least = try count(source["minItems"]) ?? 0
        rules.most = try count(source["maxItems"]) ?? .max
        if let value = source["uniqueItems"] {
            guard case .bool(let unique) = value.tree else { throw value.error("expected true or false") }
            rules.unique = unique
        }
        let any = !rules.prefix.isEmpty || rules.rest != nil || rules.contains != nil || rules.unevaluated != nil
        if any || rules.unique || rules.least > 0 || rules.most < .max { draft.arrays = rules }
    }
}

extension ValueChoice {
    init(_ keyword: StaticString, _ values: [JSONTree]) {
        self.keyword = keyword
        canonical = values.map { CanonicalValue($0).bytes }
        strings = KeyTable(values.compactMap { value in value.string.map { Array($0.utf8) } })
        numbers = values.compactMap { value in
            if case .number(let text) = value { ExactDecimal(text) } else { nil }
        }
        types = values.reduce(into: SchemaTypes()) { types, value in
            switch value {
            case .null: types.insert(.null)
            case .bool: types.insert(.boolean)
            case .number: types.formUnion([.number, .integer])
            case .string: types.insert(.string)
            case .array: types.insert(.array)
            case .object: types.insert(.object)
            }
        }
        let shown = values.prefix(3).map { String(decoding: $0.encode().prefix(30), as: UTF8.self) }
        words = (shown + (values.count > 3 ? ["..."] : [])).joined(separator: ", ")
    }
}
