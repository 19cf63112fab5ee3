import JSON

/// The keywords, one after the other; those of objects and arrays are in `SchemaCompiler+Containers.swift`.
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

    private mutating func compileStrings(of source: SchemaSource, into draft: inout SchemaNodeDraft) throws(SchemaError)
    {
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
    func count(_ source: SchemaSource?) throws(SchemaError) -> Int? {
        guard let source else { return nil }
        guard case .number(let text) = source.tree else { throw source.error("expected a whole number") }
        let number = ExactDecimal(text)
        guard number.isInteger, !number.isNegative else { throw source.error("expected a whole number of at least 0") }
        guard number.digits.count + number.exponent <= 18 else { return .max }
        return number.digits.reduce(0) { $0 * 10 + Int($1) }
            * (0..<number.exponent).reduce(1) { power, _ in power * 10 }
    }

    mutating func pattern(_ text: String, at source: SchemaSource) throws(SchemaError) -> CompiledPattern {
        guard patternsLeft > 0 else { throw source.error("more patterns than are compiled for one request") }
        patternsLeft -= 1
        do throws(PatternError) {
            return try CompiledPattern(ECMAPattern.translate(text), flavour: .ecma)
        } catch {
            throw source.error("not a pattern: \(error.message)")
        }
    }
}
