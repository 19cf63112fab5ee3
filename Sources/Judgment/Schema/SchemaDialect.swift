/// A draft of JSON Schema: which words mean what.
enum SchemaDialect: Sendable {
    case draft7
    case draft2020

    /// The draft that a `$schema` names.
    init?(_ uri: String) {
        let name = uri.hasSuffix("#") ? String(uri.dropLast()) : uri
        switch name {
        case "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft-07/schema": self = .draft7
        case "https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft/2020-12/schema":
            self = .draft2020
        default: return nil
        }
    }

    /// How the members of a schema object hold further schemas.
    enum Holds {
        case schema, list, map
        /// A schema or a list of them (`items` of draft 7).
        case schemaOrList
        /// A map of schemas and of lists of names (`dependencies`).
        case mapOfSchemas
    }

    /// Where subschemas are: the only places where `$id` and anchors mean anything.
    func subschemas(of keyword: String) -> Holds? {
        switch keyword {
        case "properties", "patternProperties", "definitions", "$defs": .map
        case "dependencies": .mapOfSchemas
        case "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else": .schema
        case "allOf", "anyOf", "oneOf": .list
        case "items": self == .draft7 ? .schemaOrList : .schema
        case "additionalItems": self == .draft7 ? .schema : nil
        case "dependentSchemas": self == .draft2020 ? .map : nil
        case "prefixItems": self == .draft2020 ? .list : nil
        case "unevaluatedProperties", "unevaluatedItems", "contentSchema": self == .draft2020 ? .schema : nil
        default: nil
        }
    }

    /// Why a known word is refused in this draft; nil if it is not. Words that no draft knows are annotations, and the
    /// specification has them ignored.
    func refusal(of keyword: String) -> String? {
        switch (self, keyword) {
        case (_, "$vocabulary"): "vocabularies of one's own are not supported"
        case (_, "$recursiveRef"), (_, "$recursiveAnchor"):
            "belongs to draft 2019-09, which is not supported"
        case (_, "extends"), (_, "disallow"), (_, "divisibleBy"): "belongs to draft 3, which is not supported"
        case (.draft2020, "additionalItems"): "was replaced by items in draft 2020-12"
        case (.draft7, "prefixItems"), (.draft7, "dependentRequired"), (.draft7, "dependentSchemas"),
            (.draft7, "unevaluatedProperties"), (.draft7, "unevaluatedItems"), (.draft7, "minContains"),
            (.draft7, "maxContains"), (.draft7, "$anchor"), (.draft7, "$dynamicRef"), (.draft7, "$dynamicAnchor"):
            "belongs to draft 2020-12, and this schema is one of draft 7"
        default: nil
        }
    }
}
