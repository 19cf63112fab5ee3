/// The simulated small model: it answers as the large one does, but for a share of the questions that a script sets.
///
/// It is wrong in the ways in which small models are: unsure, and its tokens say so; in another format, as if it had
/// not learnt this one; or with a straight face. And now and then it is unsure of what is right. Which of them, and
/// how, is drawn from the question and the seed alone: the same question has the same answer, however often it is
/// asked.
public struct Student: Sendable, Equatable {
    /// A stretch of an answer that the model is unsure of: a range of UTF-8 bytes and the log-probability there.
    public struct Doubt: Sendable, Equatable {
        public var range: Range<Int>
        public var logprob: Double
    }

    public var text: String
    public var doubts: [Doubt] = []

    /// What can be wrong with an answer: as the job that it does knows it.
    struct Mistakes {
        /// Other answers of the same format.
        var wrong: [String]
        /// Answers of no such format.
        var unreadable: [String]
    }

    static func answer(
        _ question: String,
        right: String,
        flaws: StudentFlaws,
        seed: UInt64,
        mistakes: () -> Mistakes
    ) -> Student {
        var random = SplitMix(seed: fingerprint(question.utf8, seed: seed))
        let draw = random.unit()
        switch flaws.kind(at: draw) {
        case nil:
            return Student(text: right)
        case .hesitant:
            let range = lastValue(of: right)
            return Student(text: right, doubts: [Doubt(range: range, logprob: random.doubt())])
        case .unsure:
            let text = random.any(mistakes().wrong.filter { $0 != right })
            return Student(
                text: text,
                doubts: [Doubt(range: difference(of: text, from: right), logprob: random.doubt())]
            )
        case .unreadable:
            return Student(text: random.any(mistakes().unreadable))
        case .confident:
            return Student(text: random.any(mistakes().wrong.filter { $0 != right }))
        }
    }

    /// The bytes of `text` that are not those of `right`; where it only leaves something out, the byte before the gap.
    static func difference(of text: String, from right: String) -> Range<Int> {
        let (text, right) = (Array(text.utf8), Array(right.utf8))
        let start = zip(text, right).prefix { $0 == $1 }.count
        let common = zip(text.reversed(), right.reversed()).prefix { $0 == $1 }.count
        let end = text.count - min(common, min(text.count, right.count) - start)
        return start < end ? start..<end : max(0, start - 1)..<max(start, 1)
    }

    /// From the last colon or operator to the end.
    private static func lastValue(of text: String) -> Range<Int> {
        let bytes = Array(text.utf8)
        let start = bytes.lastIndex { ":<>=".utf8.contains($0) } ?? 0
        return start..<bytes.count
    }
}

extension SplitMix {
    /// A log-probability that a threshold of -1.2 rejects.
    fileprivate mutating func doubt() -> Double { ((-1.3 - 1.7 * unit()) * 1000).rounded() / 1000 }

    fileprivate mutating func any<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: choices.indices, using: &self)]
    }
}
