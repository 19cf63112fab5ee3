import JSON

/// Schemas over the names and values of `GeneratedDocument`, of a few keywords each, so that many documents satisfy
/// them; and what is nearly a schema.
enum GeneratedSchema {
    static let numbers = ["0", "1", "1.0", "5", "-2", "25", "0.5", "1.5", "100", "1e400", "-0.25", "12"]
    static let strings = ["", "x", "xy", "xyz", "é", "éa", "slow", "slower", "recursive", "日本", "😀", "😃", "a\"b", "\n"]
    static let names = GeneratedDocument.names

    static func any(_ random: inout SmallRandom) -> String {
        schema(&random, depth: 2, isRoot: true)
    }

    /// A schema with a piece of it gone, there twice, or another.
    static func nearly(_ random: inout SmallRandom) -> [UInt8] {
        var bytes = Array(any(&random).utf8)
        for _ in 0...random.below(2) {
            let place = random.below(bytes.count)
            switch random.below(4) {
            case 0: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(6)))
            case 1: bytes.insert(contentsOf: bytes[place...], at: random.below(place + 1))
            case 2: bytes[place] = UInt8(random.below(256))
            default:
                let pieces = [
                    "-1", "1e99", "null", "[]", "{}", "\"\"", "\"$ref\":\"#\",", "\"pattern\":\"(\",", "[true,",
                ]
                bytes.insert(contentsOf: random.one(of: pieces).utf8, at: place)
            }
            if bytes.isEmpty { bytes = [UInt8(ascii: "{")] }
        }
        return bytes
    }

    private static func schema(_ random: inout SmallRandom, depth: Int, isRoot: Bool = false) -> String {
        if !isRoot, random.chance(12) { return random.one(of: ["true", "false", "{}"]) }
        var members: [String: String] = [:]
        for _ in 0...random.below(isRoot ? 4 : 2) {
            let (keyword, value) = keyword(&random, depth: depth)
            members[keyword] = value
            if keyword == "prefixItems" || keyword == "properties", random.chance(2) {
                members[keyword == "properties" ? "additionalProperties" : "items"] = "false"
            }
            if keyword == "if" {
                members[random.one(of: ["then", "else"])] = schema(&random, depth: depth - 1)
            }
            if keyword == "contains" { members["minContains"] = String(random.below(3)) }
        }
        return "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    private static func keyword(_ random: inout SmallRandom, depth: Int) -> (String, String) {
        switch random.below(depth > 0 ? 34 : 16) {
        case 0: return ("type", "\"\(random.one(of: types))\"")
        case 1: return ("type", "[" + some(types, &random).map { "\"\($0)\"" }.joined(separator: ",") + "]")
        case 2, 3: return ("enum", "[" + values(&random).joined(separator: ",") + "]")
        case 4: return ("const", values(&random)[0])
        case 5: return ("minimum", random.one(of: numbers))
        case 6: return ("maximum", random.one(of: numbers))
        case 7: return ("exclusiveMinimum", random.one(of: numbers))
        case 8: return ("exclusiveMaximum", random.one(of: numbers))
        case 9: return ("multipleOf", random.one(of: ["1", "0.5", "3", "25", "1e2", "0.01"]))
        case 10: return ("maxLength", String(random.below(4)))
        case 11: return ("minLength", String(random.below(3)))
        case 12, 13:
            return (
                "pattern", quoted(random.one(of: ["^x", "^[xy]*$", "^(slow|é)", "x$", "^.{2}$", "^(?!xy)", "^\\S+$"]))
            )
        case 14: return ("type", "\"object\"")
        case 15: return ("enum", "[" + some(strings, &random).map(quoted).joined(separator: ",") + "]")
        case 16, 17, 18, 19: return ("properties", map(some(names, &random), &random, depth))
        case 20: return ("additionalProperties", schema(&random, depth: depth - 1))
        case 21: return ("patternProperties", map([random.one(of: ["^a", "b$", "^t.*s$"])], &random, depth))
        case 22: return ("propertyNames", schema(&random, depth: 0))
        case 23: return ("required", "[" + some(names, &random).map(quoted).joined(separator: ",") + "]")
        case 24: return ("maxProperties", String(1 + random.below(3)))
        case 25: return (random.one(of: ["minProperties", "minItems"]), String(random.below(3)))
        case 26: return ("items", schema(&random, depth: depth - 1))
        case 27: return ("prefixItems", "[\(schema(&random, depth: depth - 1)),\(schema(&random, depth: depth - 1))]")
        case 28: return ("contains", schema(&random, depth: depth - 1))
        case 29: return random.chance(2) ? ("maxItems", String(random.below(4))) : ("uniqueItems", "true")
        case 30:
            let all = (0...random.below(2)).map { _ in schema(&random, depth: depth - 1) }
            return (random.one(of: ["allOf", "anyOf", "anyOf", "oneOf"]), "[" + all.joined(separator: ",") + "]")
        case 31: return (random.one(of: ["not", "if"]), schema(&random, depth: depth - 1))
        case 32: return ("dependentSchemas", map([random.one(of: names)], &random, depth))
        default:
            return (random.one(of: ["unevaluatedProperties", "unevaluatedItems"]), schema(&random, depth: depth - 1))
        }
    }

    private static let types = ["null", "boolean", "integer", "number", "string", "array", "object"]

    private static func values(_ random: inout SmallRandom) -> [String] {
        let all = numbers + strings.map(quoted) + ["true", "false", "null", "[]", "{}", "[1]", "{\"a\":1}"]
        return some(all, &random)
    }

    /// One to four of them.
    private static func some(_ all: [String], _ random: inout SmallRandom) -> [String] {
        Array(all.shuffled(using: &random).prefix(1 + random.below(4)))
    }

    private static func map(_ names: [String], _ random: inout SmallRandom, _ depth: Int) -> String {
        "{" + names.map { "\(quoted($0)):\(schema(&random, depth: depth - 1))" }.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONTree.string(text).encode(), as: UTF8.self)
    }
}
