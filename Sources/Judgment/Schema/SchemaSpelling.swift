import JSON

/// Finds words of a schema that look like misspelt keywords. JSON Schema has unknown words ignored, so a schema that
/// says `requird` compiles, and asks for nothing: worth a word at load.
struct SchemaSpelling {
    private static let keywords = [
        "$schema", "$id", "$ref", "$defs", "$comment", "$anchor", "$dynamicRef", "$dynamicAnchor", "definitions",
        "title",
        "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "type", "enum", "const", "allOf",
        "anyOf", "oneOf", "not", "if", "then", "else", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
        "exclusiveMinimum", "maxLength", "minLength", "pattern", "format", "items", "additionalItems", "prefixItems",
        "contains", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "unevaluatedItems",
        "properties", "patternProperties", "additionalProperties", "propertyNames", "required", "maxProperties",
        "minProperties", "dependencies", "dependentRequired", "dependentSchemas", "unevaluatedProperties",
        "contentEncoding", "contentMediaType", "contentSchema",
    ]

    private let text: [UInt8]
    private let file: String
    private let dialect: SchemaDialect
    private var told: Set<String> = []
    private(set) var notes: [CheckNote] = []

    /// - Parameter text: a schema that compiles.
    static func notes(_ text: [UInt8], file: String) -> [CheckNote] {
        guard let tree = try? JSONTree.parse(text) else { return [] }
        var spelling = SchemaSpelling(text: text, file: file, tree)
        spelling.look(at: tree)
        return spelling.notes
    }

    private init(text: [UInt8], file: String, _ tree: JSONTree) {
        self.text = text
        self.file = file
        dialect = tree["$schema"]?.string.flatMap(SchemaDialect.init) ?? .draft2020
    }

    private mutating func look(at schema: JSONTree) {
        for member in schema.object ?? [] {
            if let meant = Self.meant(by: member.name) { tell(member.name, meant) }
            switch dialect.subschemas(of: member.name) {
            case nil: break
            case .schema: look(at: member.value)
            case .list: for each in member.value.array ?? [] { look(at: each) }
            case .map, .mapOfSchemas: for each in member.value.object ?? [] { look(at: each.value) }
            case .schemaOrList:
                if let list = member.value.array { for each in list { look(at: each) } } else { look(at: member.value) }
            }
        }
    }

    /// A slip of the keyboard changes two letters of a long word; of a short one, where two other letters make another
    /// word (`note`, `size`), it only swaps letters, or has one too many or too few.
    private static func meant(by word: String) -> String? {
        guard !keywords.contains(word), let keyword = nearest(word, in: keywords.filter { $0.count > 3 }) else {
            return nil
        }
        if keyword.count > 6 || word.sorted() == keyword.sorted() { return keyword }
        let (short, long) = word.count < keyword.count ? (word, keyword) : (keyword, word)
        let isOneLetter = long.indices.contains { place in
            var rest = long
            rest.remove(at: place)
            return rest == short
        }
        return isOneLetter ? keyword : nil
    }

    /// Once a word, where it first stands.
    private mutating func tell(_ word: String, _ meant: String) {
        guard told.insert(word).inserted else { return }
        let (line, column) = place(of: word)
        let message = "'\(word)' is no keyword of JSON Schema and asks for nothing; did you mean '\(meant)'?"
        notes.append(CheckNote(file: file, line: line, column: column, message: message))
    }

    private func place(of word: String) -> (line: Int, column: Int) {
        let quoted = Array("\"\(word)\"".utf8)
        var (line, column) = (1, 1)
        for start in text.indices {
            if text[start...].starts(with: quoted) { return (line, column) }
            if text[start] == 0x0a { (line, column) = (line + 1, 1) } else { column += 1 }
        }
        return (1, 1)
    }
}
