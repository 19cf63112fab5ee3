import JSON

@testable import Judgment

/// Documents by a fixed rule, of a few names and values that the schemas below speak of.
enum GeneratedDocument {
    static let schemas = [
        CheckContractTests.schema,
        #"{"type":"object","properties":{"a":{"type":"integer"},"b":{"enum":["x","xy","é",null,1.0]}}}"#,
        #"{"properties":{"a":{"type":["number","string"],"maximum":5}},"additionalProperties":{"type":"array"}}"#,
        #"{"anyOf":[{"required":["a"]},{"properties":{"b":{"const":"x"}},"maxProperties":2}]}"#,
        #"{"oneOf":[{"properties":{"a":{"minimum":2}},"required":["a"]},{"properties":{"b":{"minLength":2}}}]}"#,
        #"{"not":{"required":["a"],"properties":{"a":{"type":"string"}}}}"#,
        #"{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"maxProperties":1}}"#,
        #"{"patternProperties":{"^a":{"type":"integer"}},"unevaluatedProperties":{"maxLength":1}}"#,
        #"{"properties":{"tags":{"uniqueItems":true,"contains":{"const":"x"},"maxItems":3}}}"#,
        #"{"propertyNames":{"maxLength":1},"dependentSchemas":{"a":{"minProperties":2}}}"#,
    ]

    static let names = ["a", "b", "ab", "tag", "tags", "name", "lines", "é", "😀", "😃"]

    static func object(_ random: inout SmallRandom) -> JSONTree {
        let names = names.shuffled(using: &random)
        return .object(names.prefix(random.below(4)).map { .init(name: $0, value: value(&random, depth: 1)) })
    }

    static func any(_ random: inout SmallRandom) -> JSONTree {
        random.chance(2) ? object(&random) : value(&random, depth: 2)
    }

    private static func value(_ random: inout SmallRandom, depth: Int) -> JSONTree {
        switch random.below(depth > 0 ? 8 : 6) {
        case 0: .number(number(&random))
        case 1, 2:
            .string(random.one(of: random.chance(2) ? GeneratedSchema.strings : ["x", "xy", "slow", "recursive"]))
        case 3: .bool(random.chance(2))
        case 4: .null
        case 5: .array([])
        case 6: .array((0..<random.below(4)).map { _ in value(&random, depth: depth - 1) })
        default: object(&random)
        }
    }

    /// Often one that schemas name, in one of the ways in which numbers are written.
    private static func number(_ random: inout SmallRandom) -> [UInt8] {
        if random.chance(2) { return Array(random.one(of: ["0", "1", "1.0", "3", "-2", "2.5e1", "10"]).utf8) }
        let number = ExactDecimal(random.one(of: GeneratedSchema.numbers + ["7", "0.05", "99"]).utf8)
        var digits = number.digits.isEmpty ? [0] : number.digits
        var exponent = number.exponent
        for _ in 0..<random.below(3) {
            digits.append(0)
            exponent -= 1
        }
        let point = 1 + random.below(digits.count)
        exponent += digits.count - point
        var whole = digits.prefix(point).map(String.init).joined()
        if random.chance(6), number.digits.count < 4 {
            whole = "0"
            exponent += point
        } else {
            digits.removeFirst(point)
        }
        var text = (number.isNegative || number.digits.isEmpty && random.chance(3) ? "-" : "") + whole
        if !digits.isEmpty { text += "." + digits.map(String.init).joined() }
        if exponent != 0 || random.chance(4) {
            let sign = exponent < 0 ? "-" : random.one(of: ["", "+"])
            text += random.one(of: ["e", "E"]) + sign + random.one(of: ["", "", "0", "00"]) + String(abs(exponent))
        }
        return Array(text.utf8)
    }

    /// A byte more, less or different.
    static func spoilt(_ text: [UInt8], _ random: inout SmallRandom) -> [UInt8] {
        var text = text
        guard !text.isEmpty else { return text }
        let place = random.below(text.count)
        switch random.below(4) {
        case 0: text.remove(at: place)
        case 1: text.insert(random.one(of: Array("{}[],:\"1-etn\\ \u{1}".utf8)), at: place)
        case 2: text[place] = UInt8(random.below(256))
        default: text.append(random.one(of: Array("}] x,".utf8)))
        }
        return text
    }
}

extension JSONTree {
    /// The value with random white space, and some characters as escapes.
    func scribbled(_ random: inout SmallRandom) -> [UInt8] {
        var text = ""
        scribble(&text, &random)
        return Array(text.utf8)
    }

    private func scribble(_ text: inout String, _ random: inout SmallRandom) {
        func space(_ random: inout SmallRandom) -> String { random.one(of: ["", "", "", " ", "\n  ", "\t", "\r\n"]) }
        text += space(&random)
        switch self {
        case .null, .bool, .number: text += String(decoding: encode(), as: UTF8.self)
        case .string(let string): text += Self.quoted(string, &random)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.scribble(&text, &random)
            }
            text += space(&random) + "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                text += space(&random) + Self.quoted(member.name, &random) + space(&random) + ":"
                member.value.scribble(&text, &random)
            }
            text += space(&random) + "}"
        }
        text += space(&random)
    }

    private static func quoted(_ string: String, _ random: inout SmallRandom) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            if scalar.value < 0x20 || "\"\\".unicodeScalars.contains(scalar) || random.chance(5) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: random.chance(2))
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

/// Patterns and texts over a small alphabet, so that many texts match.
enum GeneratedPattern {
    /// Characters of patterns in an order of their own, or a pattern with some of them changed.
    static func nearly(_ random: inout SmallRandom) -> String {
        let pieces = [
            "a", "b", "é", "(", ")", "(?:", "(?=", "(?<!", "(?<n>", "[", "]", "[^", "-", "\\", "\\d", "\\p{L}",
            "\\u00e9",
            "\\u{1F600}", "\\ud83d", "\\1", "\\k<n>", "{2}", "{1,", "}", "*", "+", "?", "|", "^", "$", ".", "\\b",
            "\\c", "\\x4",
            "(?i)", "\\Q", "\u{0}", "99999",
        ]
        if random.chance(2) { return (0..<random.below(12)).map { _ in random.one(of: pieces) }.joined() }
        var scalars = Array(any(&random, isAnchored: random.chance(2)).unicodeScalars)
        for _ in 0...random.below(2) where !scalars.isEmpty {
            let place = random.below(scalars.count)
            if random.chance(2) {
                scalars.remove(at: place)
            } else {
                scalars.insert(contentsOf: random.one(of: pieces).unicodeScalars, at: place)
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    static func any(_ random: inout SmallRandom, isAnchored: Bool) -> String {
        let body = alternatives(&random, depth: 2)
        let start = isAnchored ? random.one(of: ["^", #"\A"#]) : random.one(of: ["", "", #"\b"#])
        let end = random.one(of: ["", "$", #"\z"#, #"\b"#])
        return isAnchored ? "\(start)(?:\(body))\(end)" : start + body + end
    }

    static func text(_ random: inout SmallRandom) -> [UInt8] {
        let letters = ["a", "a", "b", "ab", "é", " ", "c", "日"]
        return Array((0...random.below(9)).map { _ in random.one(of: letters) }.joined().utf8)
    }

    private static func alternatives(_ random: inout SmallRandom, depth: Int) -> String {
        (0...random.below(2)).map { _ in sequence(&random, depth: depth) }.joined(separator: "|")
    }

    private static func sequence(_ random: inout SmallRandom, depth: Int) -> String {
        (0...random.below(3)).map { _ in part(&random, depth: depth) }.joined()
    }

    private static func part(_ random: inout SmallRandom, depth: Int) -> String {
        let inner = depth > 0 ? alternatives(&random, depth: depth - 1) : "a"
        let atom = random.one(of: [
            "a", "b", "é", "[ab]", "[^b]", ".", #"\w"#, "[aé ]", "(\(inner))", "(?:\(inner))", "(?>\(inner))", "(?:日?)",
            "(?i:\(inner))",
        ])
        switch random.below(9) {
        case 0: return "(?=\(inner))"
        case 1: return "(?!\(inner))"
        case 2: return "(?<=\(random.one(of: ["a", "é", "^"])))"
        case 3: return #"\b"#
        default: return atom + random.one(of: ["", "", "*", "+", "?", "{1,3}", "*?", "++"])
        }
    }
}
