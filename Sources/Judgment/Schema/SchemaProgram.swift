/// A compiled JSON Schema: nodes in one table, referring to each other by position. Immutable, shared by all workers.
///
/// `SchemaCompiler` makes it, `SchemaEvaluation` runs it over the events of one text.
final class SchemaProgram: Sendable {
    let nodes: [SchemaNode]
    let root: Int
    /// Some `$dynamicRef` depends on the way evaluation took: then that way is recorded.
    let tracksScope: Bool

    init(nodes: [SchemaNode], root: Int, tracksScope: Bool) {
        self.nodes = nodes
        self.root = root
        self.tracksScope = tracksScope
    }
}

/// The types of JSON Schema, `integer` beside the six of JSON.
struct SchemaTypes: OptionSet, Sendable {
    let rawValue: UInt8
    static let null = SchemaTypes(rawValue: 1)
    static let boolean = SchemaTypes(rawValue: 2)
    static let object = SchemaTypes(rawValue: 4)
    static let array = SchemaTypes(rawValue: 8)
    static let string = SchemaTypes(rawValue: 16)
    static let number = SchemaTypes(rawValue: 32)
    static let integer = SchemaTypes(rawValue: 64)
    static let all = SchemaTypes(rawValue: 127)

    static let names: [(String, SchemaTypes)] = [
        ("null", .null), ("boolean", .boolean), ("object", .object), ("array", .array), ("string", .string),
        ("number", .number), ("integer", .integer),
    ]

    var words: String {
        Self.names.filter { contains($0.1) }.map(\.0).joined(separator: " or ")
    }
}

/// Where a reference leads.
enum SchemaTarget: Sendable {
    case node(Int)
    /// `$dynamicRef`: the outermost resource on the way here that has the anchor decides; otherwise `fallback`.
    case dynamic(byResource: [Int: Int], fallback: Int)
}

/// A subschema that applies to the same value as its schema.
struct InPlace: Sendable {
    enum Kind: Sendable {
        case all, anyOf, oneOf, not, then, `else`, `if`
        /// `dependentSchemas`: applies if the member with this watch position is there.
        case dependent(watch: Int)
    }

    let kind: Kind
    let target: SchemaTarget
}

/// One schema object (or boolean), taken apart by what its keywords look at.
final class SchemaNode: Sendable {
    /// Nil for a schema object.
    let boolean: Bool?
    /// The schema resource it belongs to.
    let resource: Int
    let types: SchemaTypes
    /// `enum` and `const`: the value must be in each.
    let choices: [ValueChoice]
    /// In the order in which they start; `if` last, because it must end before `then` and `else`.
    let inPlace: [InPlace]
    let numbers: NumberRules?
    let strings: StringRules?
    let objects: ObjectRules?
    let arrays: ArrayRules?

    let anyOfCount: Int
    let hasOneOf: Bool
    let hasNot: Bool
    let hasIf: Bool
    let hasThen: Bool
    let hasElse: Bool
    /// `unevaluatedProperties` or `unevaluatedItems`: what subschemas evaluated must be known.
    let hasUnevaluated: Bool

    init(_ draft: SchemaNodeDraft) {
        boolean = draft.boolean
        resource = draft.resource
        types = draft.types
        choices = draft.choices
        inPlace = draft.inPlace
        numbers = draft.numbers
        strings = draft.strings
        objects = draft.objects
        arrays = draft.arrays
        var anyOf = 0
        var kinds: (oneOf: Bool, not: Bool, `if`: Bool, then: Bool, `else`: Bool) = (false, false, false, false, false)
        for part in draft.inPlace {
            switch part.kind {
            case .anyOf: anyOf += 1
            case .oneOf: kinds.oneOf = true
            case .not: kinds.not = true
            case .if: kinds.if = true
            case .then: kinds.then = true
            case .else: kinds.else = true
            case .all, .dependent: break
            }
        }
        anyOfCount = anyOf
        hasOneOf = kinds.oneOf
        hasNot = kinds.not
        hasIf = kinds.if
        hasThen = kinds.then
        hasElse = kinds.else
        hasUnevaluated = draft.objects?.unevaluated != nil || draft.arrays?.unevaluated != nil
    }
}

/// What the compiler fills in before it becomes a `SchemaNode`.
struct SchemaNodeDraft {
    var boolean: Bool?
    var resource = 0
    var types = SchemaTypes.all
    var choices: [ValueChoice] = []
    var inPlace: [InPlace] = []
    var numbers: NumberRules?
    var strings: StringRules?
    var objects: ObjectRules?
    var arrays: ArrayRules?
}

struct NumberRules: Sendable {
    var minimum: ExactDecimal?
    var maximum: ExactDecimal?
    var exclusiveMinimum: ExactDecimal?
    var exclusiveMaximum: ExactDecimal?
    var multipleOf: ExactDecimal?
}

struct StringRules: Sendable {
    var least = 0
    var most = Int.max
    var pattern: CompiledPattern?
    /// As written, for messages.
    var patternText = ""
    /// Only where formats are asserted.
    var format: AssertedFormat?
}

struct ObjectRules: Sendable {
    /// Positions in `propertyTargets`.
    var properties = KeyTable()
    var propertyTargets: [SchemaTarget] = []
    var patterns: [(pattern: CompiledPattern, target: SchemaTarget)] = []
    var additional: SchemaTarget?
    var unevaluated: SchemaTarget?
    var names: SchemaTarget?
    var least = 0
    var most = Int.max
    /// Names that matter by being there, whatever their value; their positions are *watch* positions.
    var watched = KeyTable()
    var watchedNames: [[UInt8]] = []
    /// Watch positions that must be there.
    var required: [Int] = []
    /// If the first is there, the others must be.
    var dependent: [(trigger: Int, needed: [Int])] = []
}

struct ArrayRules: Sendable {
    var prefix: [SchemaTarget] = []
    /// For the items after the prefix.
    var rest: SchemaTarget?
    var contains: SchemaTarget?
    var leastContains = 1
    var mostContains = Int.max
    var unevaluated: SchemaTarget?
    var least = 0
    var most = Int.max
    var unique = false
}

/// The values of an `enum` or a `const`.
struct ValueChoice: Sendable {
    let keyword: StaticString
    /// In canonical form (`CanonicalValue`), all of them.
    let canonical: [[UInt8]]
    /// The strings among them.
    let strings: KeyTable
    let numbers: [ExactDecimal]
    /// Of the values there are.
    let types: SchemaTypes
    /// The only one, or the first few, for messages.
    let words: String
}
