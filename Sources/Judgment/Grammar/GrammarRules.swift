/// A grammar as it was written: rules, and the sets of characters that they name.
struct GrammarRules: Sendable {
    var rules: [GrammarRule]
    var sets: [ScalarSet]
    /// Position of `root`.
    var root: Int
    var warnings: [GrammarProblem] = []
}

struct GrammarRule: Sendable {
    let name: String
    var place: GrammarPlace
    var body: GrammarPart
}

/// What a rule is made of.
indirect enum GrammarPart: Sendable, Equatable {
    /// One character of the set at this position.
    case character(Int)
    /// One after the other; none of them is the empty text.
    case sequence([GrammarPart])
    case choice([GrammarPart])
    /// `most` nil: without end.
    case repeated(GrammarPart, least: Int, most: Int?)
    /// The rule at this position.
    case rule(Int)
    /// The rule itself, first in its own body: a loop from the rule's end (`GrammarLoops`).
    case fromEnd
    /// The rule itself, last in its own body: a loop to the rule's start.
    case toStart

    static let empty = GrammarPart.sequence([])

    /// Calls `body` with the rules that are named here, each as often as it is.
    func forEachRule(_ body: (Int) -> Void) {
        switch self {
        case .rule(let rule): body(rule)
        case .sequence(let parts), .choice(let parts): for part in parts { part.forEachRule(body) }
        case .repeated(let part, _, _): part.forEachRule(body)
        case .character, .fromEnd, .toStart: break
        }
    }
}
