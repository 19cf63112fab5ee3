/// The simulated small model: it has learnt part of the code-search language.
///
/// What it does depends on the question alone, so that a demo, a test and a benchmark can count on it:
/// - kind, language, path, name, recursion, order and limit it knows: the right line, with high log-probabilities;
/// - measures, ages, authors and coverage it has seen too rarely: the line is right more often than not, but the
///   value is a guess and its tokens say so (log-probability -1.6 to -2.9);
/// - calls and negations it has never seen: it answers in prose or in another notation, and is quite sure of it.
public struct SearchStudent: Sendable {
    /// A stretch of an answer that the model is unsure of: a range of UTF-8 bytes and the log-probability there.
    public struct Doubt: Sendable, Equatable {
        public var range: Range<Int>
        public var logprob: Double
    }

    public var text: String
    public var doubts: [Doubt]

    /// The student's answer to a question.
    public static func answer(_ question: String) -> SearchStudent {
        let query = QuestionReader.read(question)
        if let prose = prose(query) { return SearchStudent(text: prose, doubts: []) }
        return guess(query, question)
    }

    /// The wrong notation for what it never learnt, or nil.
    private static func prose(_ query: SearchQuery) -> String? {
        if let term = query.terms.first(where: { $0.field == .calls }) {
            return "These are the functions that call \(term.value):"
        }
        if let term = query.terms.first(where: \.negated) {
            var without = query
            without.terms.removeAll { $0 == term }
            return "SELECT * WHERE NOT \(term.field.rawValue) = '\(term.value)'" + (without.isEmpty ? "" : " AND ...")
        }
        return nil
    }

    private static func guess(_ query: SearchQuery, _ question: String) -> SearchStudent {
        var query = query
        var seeded = SplitMix(seed: fingerprint(question.utf8))
        var values: [(value: String, logprob: Double)] = []
        for index in query.terms.indices {
            let term = query.terms[index]
            let hard: Bool =
                switch term.field {
                case .complexity, .duration, .lines, .author, .changed, .tests: true
                case .name: term.value.hasPrefix("*") && query.terms.count == 1
                default: false
                }
            guard hard else { continue }
            // One guess in four goes wrong: the comparison that it has seen most often wins.
            if term.comparison == .atLeast || seeded.unit() < 0.25, term.comparison != .equal {
                query.terms[index].comparison = .over
            }
            values.append(
                (
                    term.field.rawValue + query.terms[index].comparison.rawValue + SearchQuery.spelt(term.value),
                    -1.6 - 1.3 * seeded.unit()
                )
            )
        }
        let line = query.line
        return SearchStudent(
            text: line,
            doubts: values.compactMap { value, logprob in
                guard let range = line.firstRange(of: value) else { return nil }
                let start = line.utf8.distance(from: line.startIndex, to: range.lowerBound)
                let end = line.utf8.distance(from: line.startIndex, to: range.upperBound)
                let field = value.prefix { $0.isLetter }.utf8.count
                return Doubt(range: start + field..<end, logprob: (logprob * 1000).rounded() / 1000)
            }
        )
    }
}
