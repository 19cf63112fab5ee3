import Testing

@testable import Simulation

@Suite struct StudentTests {
    private static let questions = QuestionGenerator.questions(2000, seed: 21)

    private func answers(_ flaws: StudentFlaws, seed: UInt64 = 1) -> [(right: String, given: Student)] {
        Self.questions.map { question in
            let given = Student.answer(question.text, right: question.line, flaws: flaws, seed: seed) {
                question.query.mistakes
            }
            return (question.line, given)
        }
    }

    /// Of 2,000 draws: no more than four and a half standard deviations off (one run in 150,000 by chance).
    private func isNear(_ count: Int, share: Double) -> Bool {
        let deviation = (2000 * share * (1 - share)).squareRoot()
        return abs(Double(count) - 2000 * share) <= 4.5 * deviation
    }

    @Test(arguments: [0, 0.05, 0.3, 0.8, 1])
    func `it is wrong for the share of questions that was set`(share: Double) {
        for seed in 1...2 as ClosedRange<UInt64> {
            let wrong = answers(StudentFlaws(wrong: share), seed: seed).count { $0.right != $0.given.text }
            #expect(isNear(wrong, share: share), "\(wrong) of 2000")
        }
    }

    @Test func `each way to be wrong has its own share, and looks like it`() throws {
        let grammar = try CodeSearch.grammar()
        let flaws = StudentFlaws(unsure: 0.1, unreadable: 0.08, confident: 0.04, hesitant: 0.06)
        var counts = ["right": 0, "hesitant": 0, "unsure": 0, "confident": 0, "unreadable": 0]
        for (right, given) in answers(flaws) {
            let isReadable = CodeSearch.objection(to: given.text, by: grammar) == nil
            let kind =
                switch (given.text == right, isReadable, given.doubts.isEmpty) {
                case (true, _, let sure): sure ? "right" : "hesitant"
                case (false, true, let sure): sure ? "confident" : "unsure"
                case (false, false, let sure): sure ? "unreadable" : "neither readable nor sure"
                }
            counts[kind, default: 0] += 1
            for doubt in given.doubts {
                #expect((-3 ... -1.3).contains(doubt.logprob))
                #expect(!doubt.range.isEmpty && doubt.range.upperBound <= given.text.utf8.count, "\(given.text)")
            }
        }
        #expect(counts.count == 5, "\(counts)")
        #expect(isNear(counts["hesitant"] ?? 0, share: 0.06))
        #expect(isNear(counts["unsure"] ?? 0, share: 0.1))
        #expect(isNear(counts["confident"] ?? 0, share: 0.04))
        #expect(isNear(counts["unreadable"] ?? 0, share: 0.08))
    }

    @Test func `the same question has the same answer, and another seed has other mistakes`() {
        let flaws = StudentFlaws(wrong: 0.5)
        let first = answers(flaws)
        #expect(first.map(\.given) == answers(flaws).map(\.given))
        let other = answers(flaws, seed: 2)
        let both = zip(first, other).count { $0.right != $0.given.text && $1.right != $1.given.text }
        // Half of half, if the seeds have nothing to do with each other.
        #expect(isNear(both, share: 0.25))
    }

    @Test func `a prompt and the bare question have the same answer`() {
        for question in Self.questions.prefix(100) {
            let flaws = StudentFlaws(wrong: 0.7)
            let bare = Job.search.student(for: question.text, flaws: flaws, seed: 4)
            #expect(bare == Job.search.student(for: question.text + "\n\n###\n\n", flaws: flaws, seed: 4))
        }
    }

    @Test(arguments: [
        ("kind:file limit:5", "kind:file limit:10", 16..<18), ("changed<2w", "changed<2d", 9..<10),
        ("kind:file tests:0", "kind:file", 8..<9), ("abc", "abxc", 2..<3), ("aa", "aaa", 2..<3),
    ])
    func `a doubt is where the answer leaves the right one`(right: String, text: String, range: Range<Int>) {
        #expect(Student.difference(of: text, from: right) == range)
    }
}
