@testable import Judgment

/// Grammars over a small alphabet, so that many texts are sentences; and what is nearly a grammar.
enum GeneratedGrammar {
    private static let names = ["root", "a", "b-1", "C_"]

    /// Rules that may also be wrong: a loop over nothing, a rule that derives no text.
    static func any(_ random: inout SmallRandom) -> String {
        let count = 1 + random.below(names.count)
        return (0..<count).map { rule in
            var alternatives = (0...random.below(3)).map { _ in sequence(&random, rules: count, depth: 2) }
            // Most of them derive something.
            alternatives.append(random.chance(4) ? "\"\"" : "[ab]")
            return "\(names[rule]) ::= " + alternatives.shuffled(using: &random).joined(separator: " | ")
        }.joined(separator: "\n")
    }

    static func text(_ random: inout SmallRandom) -> [UInt8] {
        let letters = ["a", "a", "b", "ab", "é", "(", ")", "+"]
        return Array((0..<random.below(14)).map { _ in random.one(of: letters) }.joined().utf8)
    }

    /// Characters of grammars in an order of their own, or a grammar with some of them changed.
    static func nearly(_ random: inout SmallRandom) -> [UInt8] {
        let pieces =
            [
                "root", "::=", "\"", "\\", "[", "]", "^", "-", "(", ")", "{2", ",", "}", "*", "+", "?", "|", "#", "\n",
                " ",
            ]
            + ["a", "x41", "u00e9", "\\U0001F600", "é", ".", "<", "99999", "\r", "\u{0}"]
        if random.chance(4) {
            return Array((0..<random.below(40)).map { _ in random.one(of: pieces) }.joined().utf8)
        }
        var bytes = Array(any(&random).utf8)
        for _ in 0..<random.below(3) {
            let place = random.below(bytes.count + 1)
            switch random.below(4) {
            case 0: bytes.insert(contentsOf: random.one(of: pieces).utf8, at: place)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + random.below(5)))
            case 2: bytes.insert(UInt8(random.below(256)), at: place)
            default: bytes.insert(contentsOf: bytes.suffix(bytes.count - place), at: random.below(place + 1))
            }
        }
        return bytes
    }

    private static func sequence(_ random: inout SmallRandom, rules: Int, depth: Int) -> String {
        (0...random.below(3)).map { _ in part(&random, rules: rules, depth: depth) }.joined(separator: " ")
    }

    private static func part(_ random: inout SmallRandom, rules: Int, depth: Int) -> String {
        let atom: String
        switch random.below(depth > 0 ? 8 : 6) {
        case 0, 1: atom = random.one(of: ["\"a\"", "\"ab\"", "\"é\"", "\"(\"", "\")\"", "\"+\""])
        case 2: atom = random.one(of: ["[ab]", "[^a]", ".", "[(-+]", "[é]"])
        case 3, 4, 5: atom = names[random.below(rules)]
        default:
            let inner = (0...random.below(2)).map { _ in sequence(&random, rules: rules, depth: depth - 1) }
            atom = "(" + inner.joined(separator: " | ") + ")"
        }
        // A loop over a rule is often one over nothing.
        let mayLoop = !names.contains(atom) && !atom.hasPrefix("(") || random.chance(6)
        return atom + random.one(of: ["", "", "", "", "?", "{2}", "{0,2}"] + (mayLoop ? ["*", "+", "{1,}"] : []))
    }
}
