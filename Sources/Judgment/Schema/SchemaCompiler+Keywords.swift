import JSON

/// The keywords, one after the other.
extension SchemaCompiler {
    mutating func compileKeywords(of source: SchemaSource, into draft: inout SchemaNodeDraft) throws(SchemaError) {
        let dialect = source.resource.dialect
        if dialect == .draft7, let reference = source["$ref"] {
            // "All other properties in a "$ref" object MUST be ignored" (draft 7, section 8.3).
            draft.inPlace.append(InPlace(kind: .all, target: try target(resolve(reference))))
            return
        }
        // The drafts' own schemas say $vocabulary, and mean only what is supported here.
        let isOwn = Metaschemas.text(of: source.resource.uri) != nil
        for (name, value) in source.members where !isOwn {
            if let refusal = dialect.refusal(of: name) { throw value.error("\(name) \(refusal)") }
        }
        try compileInPlace(of: source, into: &draft)
        try compileValues(of: source, into: &draft)
        try compileNumbers(of: source, into: &draft)
        try compileStrings(of: source, into: &draft)
        try compileObjects(of: source, into: &draft)
        try compileArrays(of: source, into: &draft)
        if let condition = source["if"] {
            draft.inPlace.append(InPlace(kind: .if, target: try target(condition)))
        }
    }

    // MARK: Same value

    private mutating func compileInPlace(
        of source: SchemaSource,
        into draft: inout SchemaNodeDraft
    ) throws(SchemaError) {
        if let reference = source["$ref"] {
            draft.inPlace.append(InPlace(kind: .all, target: try target(resolve(reference))))
        }
        if let reference = source["$dynamicRef"] {
            draft.inPlace.append(InPlace(kind: .all, target: try dynamicTarget(reference)))
        }
        for (keyword, kind) in [("allOf", InPlace.Kind.all), ("anyOf", .anyOf), ("oneOf", .oneOf)] {
            guard let list = source[keyword] else { continue }
            guard case .array(let elements) = list.tree, !elements.isEmpty else {
                throw list.error("expected a list of schemas, not empty")
            }
            for item in list.items {
                draft.inPlace.append(InPlace(kind: kind, target: try target(item)))
            }
        }
        if let negated = source["not"] {
            draft.inPlace.append(InPlace(kind: .not, target: try target(negated)))
        }
        // Without `if` these two mean nothing, but must be schemas.
        for (keyword, kind) in [("then", InPlace.Kind.then), ("else", .else)] {
            guard let branch = source[keyword] else { continue }
            let target = try target(branch)
            if source["if"] != nil { draft.inPlace.append(InPlace(kind: kind, target: target)) }
        }
    }

    // MARK: Any value

    private func compileValues(of source: SchemaSource, into draft: inout SchemaNodeDraft) throws(SchemaError) {
        if let type = source["type"] { draft.types = try types(type) }
        if let list = source["enum"] {
            guard case .array(let values) = list.tree else { throw list.error("expected a list of values") }
            draft.choices.append(ValueChoice("enum", values))
        }
        if let value = source["const"] { draft.choices.append(ValueChoice("const", [value.tree])) }
    }

    private func types(_ source: SchemaSource) throws(SchemaError) -> SchemaTypes {
        let names: [SchemaSource]
        switch source.tree {
        case .string: names = [source]
        case .array: names = source.items
        default: throw source.error("expected the name of a type, or a list of them")
        }
        var types: SchemaTypes = []
        for name in names {
            guard case .string(let text) = name.tree, let type = SchemaTypes.names.first(where: { $0.0 == text }) else {
                throw name.error("expected one of \(SchemaTypes.names.map(\.0).joined(separator: ", "))")
            }
            types.insert(type.1)
        }
        if types.isEmpty { throw source.error("expected at least one type") }
        // Every integer is a number.
        if types.contains(.number) { types.insert(.integer) }
        return types
    }

    // MARK: Numbers

    private func compileNumbers(of source: SchemaSource, into draft: inout SchemaNodeDraft) throws(SchemaError) {
        var rules = NumberRules()
        var any = false
        for (keyword, path) in [
            ("minimum", \NumberRules.minimum), ("maximum", \.maximum), ("exclusiveMinimum", \.exclusiveMinimum),
            ("exclusiveMaximum", \.exclusiveMaximum), ("multipleOf", \.multipleOf),
        ] {
            guard let value = source[keyword] else { continue }
            guard case .number(let text) = value.tree else { throw value.error("expected a number") }
            rules[keyPath: path] = ExactDecimal(text)
            any = true
        }
        if let divisor = rules.multipleOf, !divisor.fitsDivisor {
            throw source["multipleOf"]!.error("expected a number above 0 of at most 18 significant digits")
        }
        if any { draft.numbers = rules }
    }

    // MARK: Strings

    private func compileStrings(of source: SchemaSource, into draft: inout SchemaNodeDraft) throws(SchemaError) {
        var rules = StringRules()
        rules.least = try count(source["minLength"]) ?? 0
        rules.most = try count(source["maxLength"]) ?? .max
        if let value = source["pattern"] {
            guard case .string(let text) = value.tree else { throw value.error("expected a pattern") }
            rules.pattern = try pattern(text, at: value)
            rules.patternText = text
        }
        if let value = source["format"] {
            guard case .string(let name) = value.tree else { throw value.error("expected a string") }
            if assertsFormat {
                guard let format = AssertedFormat(rawValue: name) else {
                    throw value.error(
                        "the format \(name) cannot be asserted; "
                            + "there are \(AssertedFormat.allCases.map(\.rawValue).joined(separator: ", "))"
                    )
                }
                rules.format = format
            }
        }
        if rules.least > 0 || rules.most < .max || rules.pattern != nil || rules.format != nil {
            draft.strings = rules
        }
    }

    /// A count: a whole number, which may be written as `2.0`.
    private func count(_ source: SchemaSource?) throws(SchemaError) -> Int? {
        guard let source else { return nil }
        guard case .number(let text) = source.tree else { throw source.error("expected a whole number") }
        let number = ExactDecimal(text)
        guard number.isInteger, !number.isNegative else { throw source.error("expected a whole number of at least 0") }
        guard number.digits.count + number.exponent <= 18 else { return .max }
        return number.digits.reduce(0) { $0 * 10 + Int($1) }
            * (0..<number.exponent).reduce(1) { power, _ in power * 10 }
    }

    private func pattern(_ text: String, at source: SchemaSource) throws(SchemaError) -> CompiledPattern {
        do throws(PatternError) {
            return try CompiledPattern(ECMAPattern.translate(text), flavour: .ecma)
        } catch {
            throw source.error("not a pattern: \(error.message)")
        }
    }

    // MARK: Objects

    private mutating func compileObjects(
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

    private mutating func compileArrays(
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
        strings = values.compactMap { value in value.string.map { Array($0.utf8) } }
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
