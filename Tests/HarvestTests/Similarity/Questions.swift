/// Questions as people ask them, made from a seed: the same on every run.
struct Questions {
    private var random: Random

    init(seed: UInt64) {
        random = Random(state: seed)
    }

    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 33
        }
    }

    private static let nouns = "functions methods classes modules tests closures structs enums callers loops"
    private static let adjectives =
        "slowest fastest longest shortest recursive unused public private deprecated largest"
    private static let calls = "malloc free read write connect close open send"
    private static let places = [
        "in Sources", "in Sources/Cache", "in the parser", "of the gateway", "under Tests", "in main", "for Redis",
        "without tests",
    ]
    private static let verbs = ["find me", "show", "list", "give me", "which are", "where are"]

    private mutating func one(of words: String) -> Substring {
        words.split(separator: " ").randomElement(using: &random)!
    }

    private mutating func one(of texts: [String]) -> String { texts.randomElement(using: &random)! }

    mutating func next() -> String {
        let verb = one(of: Self.verbs)
        let noun = one(of: Self.nouns)
        let adjective = one(of: Self.adjectives)
        let place = one(of: Self.places)
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4: return "\(verb) my \(adjective) \(noun)"
        case 4..<7: return "\(verb) \(adjective) \(noun) \(place)"
        default:
            let lines = [10, 20, 50, 100].randomElement(using: &random)!
            return "\(verb) \(noun) that call \(one(of: Self.calls)) \(place) longer than \(lines) lines"
        }
    }

    /// `count` different ones.
    mutating func distinct(_ count: Int) -> [String] {
        var found: Set<String> = []
        while found.count < count { found.insert(next()) }
        return found.sorted()
    }

    /// With a letter changed, left out or put in.
    mutating func misspelt(_ question: String) -> String {
        var letters = Array(question)
        let place = letters.indices.randomElement(using: &random)!
        let letter = "abcdefghijklmnopqrstuvwxyz".randomElement(using: &random)!
        switch Int.random(in: 0..<3, using: &random) {
        case 0: letters[place] = letter
        case 1: letters.remove(at: place)
        default: letters.insert(letter, at: place)
        }
        return String(letters)
    }

    /// With a word more.
    mutating func extended(_ question: String) -> String {
        var words = question.split(separator: " ")
        words.insert("the", at: Int.random(in: 0...words.count, using: &random))
        return words.joined(separator: " ")
    }
}
