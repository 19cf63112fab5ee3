import Testing

@testable import Simulation

@Suite struct SearchStudentTests {
    @Test("what it learnt it says as the teacher would, and surely")
    func learnt() {
        for question in [
            "find me my slowest recursive functions", "the 3 longest methods in Sources/Loop", "recursive c functions",
        ] {
            let answer = SearchStudent.answer(question)
            #expect(answer.text == QuestionReader.read(question).line)
            #expect(answer.doubts.isEmpty)
        }
    }

    @Test("measures, ages, authors and coverage it doubts, at the value and nowhere else")
    func doubts() throws {
        let answer = SearchStudent.answer("swift functions written by Alice")
        #expect(answer.text == "kind:function language:swift author:alice")
        let doubt = try #require(answer.doubts.first)
        #expect(answer.doubts.count == 1)
        #expect(String(decoding: Array(answer.text.utf8)[doubt.range], as: UTF8.self) == ":alice")
        #expect(doubt.logprob <= -1.6 && doubt.logprob >= -2.9)
    }

    @Test("calls and negations it answers outside the language, without a doubt")
    func wrongFormat() throws {
        for question in ["functions that call malloc", "slowest functions not in Tests/"] {
            let answer = SearchStudent.answer(question)
            #expect(try CodeSearchGrammar.objection(to: answer.text) != nil)
            #expect(answer.doubts.isEmpty)
        }
    }

    @Test("the same question has the same answer")
    func deterministic() {
        let question = "functions slower than 20 ms changed in the last week"
        #expect(SearchStudent.answer(question).text == SearchStudent.answer(question).text)
        #expect(SearchStudent.answer(question).doubts == SearchStudent.answer(question).doubts)
    }
}
