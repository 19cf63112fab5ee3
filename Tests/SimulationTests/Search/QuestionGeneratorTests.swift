import Testing

@testable import Simulation

@Suite struct QuestionGeneratorTests {
    @Test(arguments: [(200, 7), (2000, 11)])
    func `large answers every question with the line that it means`(count: Int, seed: Int) throws {
        let check = try CodeSearch.grammar()
        let questions = QuestionGenerator.questions(count, seed: UInt64(seed))
        #expect(Set(questions.map(\.text)).count == count)
        for question in questions {
            let line = Job.search.right(for: "Question: \(question.text)\nQuery:")
            #expect(line == question.line, "\(question.text)")
            #expect(CodeSearch.objection(to: line, by: check) == nil, "\(line)")
        }
    }

    @Test func `a seed has its questions, and another seed others`() {
        let questions = QuestionGenerator.questions(50, seed: 3)
        #expect(questions == QuestionGenerator.questions(50, seed: 3))
        #expect(Array(questions.prefix(20)) == QuestionGenerator.questions(20, seed: 3))
        #expect(questions != QuestionGenerator.questions(50, seed: 4))
    }

    @Test func `every field, operator, order and limit of the language comes up`() {
        let queries = QuestionGenerator.questions(2000, seed: 5).map(\.query)
        let terms = queries.flatMap(\.terms)
        for field in SearchQuery.Field.allCases {
            #expect(terms.contains { $0.field == field }, "\(field)")
            #expect(queries.contains { $0.sort?.field == field }, "sort:\(field)")
        }
        for comparison in [SearchQuery.Comparison.equal, .over, .atLeast, .under, .atMost] {
            for field in [SearchQuery.Field.complexity, .duration, .lines, .tests] {
                #expect(terms.contains { $0.field == field && $0.comparison == comparison }, "\(field) \(comparison)")
            }
        }
        for field in [SearchQuery.Field.language, .path, .name, .calls, .author] {
            #expect(terms.contains { $0.field == field && $0.negated }, "-\(field)")
        }
        #expect(queries.contains { $0.line.contains("\"") })
        #expect(Set(queries.compactMap(\.limit)).count > 8)
    }
}
