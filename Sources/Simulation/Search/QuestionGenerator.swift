import JSON

/// A question about code, and the line of the code-search language that it means.
public struct GeneratedQuestion: Sendable, Equatable {
    public var text: String
    public var query: SearchQuery
    public var line: String { query.line }

    /// An input as `understudy generate --inputs` and `evaluate` read them: `{"input": ..., "expected": ...}`.
    public var json: String {
        let tree = object([("input", .string(text)), ("expected", .string(line))])
        return String(decoding: tree.encode(), as: UTF8.self)
    }
}

/// Questions such as people ask, without end: one seed, one sequence, on every machine.
///
/// It goes the way of `QuestionReader` backwards, and shares nothing with it but the language: it draws a query (every
/// field, operator, negation, order and limit comes up, the common ones often), and then one of many ways to say it. A
/// question is an opener, a noun with what stands before it, and clauses behind it:
///
///     show me | the 5 slowest | untested | swift functions | in Sources/Loop | that call malloc
///
/// What stands where is in `QuestionGenerator+Phrases.swift`.
public struct QuestionGenerator: Sequence, IteratorProtocol, Sendable {
    var random: SplitMix
    var query = SearchQuery()
    var before: [String] = []
    var clauses: [String] = []
    /// Behind the clauses: "sorted by complexity".
    var end: [String] = []
    /// "the slowest function": one match is asked for.
    var isSingular = false

    public init(seed: UInt64) { random = SplitMix(seed: seed) }

    /// So many questions, no two alike.
    public static func questions(_ count: Int, seed: UInt64) -> [GeneratedQuestion] {
        var seen: Set<String> = []
        var generator = QuestionGenerator(seed: seed)
        var questions: [GeneratedQuestion] = []
        while questions.count < count, let question = generator.next() {
            if seen.insert(question.text).inserted { questions.append(question) }
        }
        return questions
    }

    public mutating func next() -> GeneratedQuestion? {
        query = SearchQuery()
        (before, clauses, end, isSingular) = ([], [], [], false)
        let noun = drawNoun()
        if chance(0.45) { drawOrder() }
        var facets = Facet.allCases.filter { $0.suits(noun.kind) }
        for _ in 0..<drawFacets(atLeast: query.sort == nil || noun.kind == nil ? 1 : 0) {
            let total = facets.reduce(0) { $0 + $1.weight }
            var draw = random.unit() * total
            let facet = facets.first { facet in
                draw -= facet.weight
                return draw < 0
            }
            guard let facet else { break }
            facets.removeAll { $0.theme == facet.theme }
            say(facet)
        }
        let opener =
            isSingular || noun.kind == nil
            ? one("", "show ", "find ", "give me ", "what is ")
            : one("", "", "", "find ", "show me ", "find me ", "list ", "give me ", "what are ", "please show ")
        let words = before + [isSingular ? noun.singular : noun.plural] + clauses + end
        return GeneratedQuestion(text: opener + words.joined(separator: " "), query: query)
    }

    private mutating func drawFacets(atLeast least: Int) -> Int {
        let draw = random.unit()
        return Swift.max(least, draw < 0.12 ? 0 : draw < 0.55 ? 1 : draw < 0.88 ? 2 : 3)
    }

    mutating func chance(_ share: Double) -> Bool { random.unit() < share }

    mutating func one(_ choices: String...) -> String { any(choices) }

    mutating func any<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: choices.indices, using: &random)]
    }

    /// The first ones much oftener than the last, as words are used.
    mutating func common<Element>(_ choices: [Element]) -> Element {
        let draw = random.unit()
        return choices[Int(draw * draw * Double(choices.count))]
    }
}
