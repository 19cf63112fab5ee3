import JSON
import Testing

@testable import Judgment

/// Every beginning of a number, against every way to go on for some bytes: what `NumberPrefix` rules out none of them
/// becomes, and what it allows some of them does.
@Suite struct NumberPrefixTests {
    private struct Question {
        let words: String
        let ofPrefix: (NumberPrefix) -> Bool
        let ofNumber: (ExactDecimal) -> Bool
    }

    private static func questions() -> [Question] {
        var questions = [Question(words: "an integer", ofPrefix: \.mayBeInteger, ofNumber: \.isInteger)]
        for text in ["0", "1", "-1", "5", "10", "-10", "0.5", "100"] {
            let bound = ExactDecimal(text.utf8)
            questions.append(
                Question(words: "= \(text)") {
                    $0.mayBe(bound)
                } ofNumber: {
                    $0.compare(bound) == 0
                }
            )
            for strictly in [false, true] {
                let least = strictly ? 1 : 0
                questions.append(
                    Question(words: "> \(text) \(strictly)") {
                        $0.mayBe(atLeast: bound, strictly: strictly)
                    } ofNumber: {
                        $0.compare(bound) >= least
                    }
                )
                questions.append(
                    Question(words: "< \(text) \(strictly)") {
                        $0.mayBe(atMost: bound, strictly: strictly)
                    } ofNumber: {
                        $0.compare(bound) <= -least
                    }
                )
            }
        }
        for text in ["1", "3", "5", "0.5", "15", "1e1"] {
            let divisor = ExactDecimal(text.utf8)
            questions.append(
                Question(words: "a multiple of \(text)") {
                    $0.mayBeMultiple(of: divisor)
                } ofNumber: {
                    $0.isMultiple(of: divisor)
                }
            )
        }
        return questions
    }

    /// All that `prefix` can become by up to `count` further bytes, `prefix` itself too if it is whole.
    private static func numbers(_ prefix: [UInt8], _ count: Int) -> [ExactDecimal] {
        var reader = JSONReader()
        var ignored = IgnoredEvents()
        guard (try? reader.feed(prefix, into: &ignored)) != nil else { return [] }
        let longer = count == 0 ? [] : Array("012345.e-+".utf8).flatMap { numbers(prefix + [$0], count - 1) }
        return longer + (reader.isComplete ? [ExactDecimal(prefix)] : [])
    }

    @Test func `what it rules out cannot be, and what it allows can`() {
        let questions = Self.questions()
        let prefixes = [
            "-", "0", "-0", "1", "-1", "5", "10", "15", "-15", "0.", "0.0", "1.", "1.5", "-1.50", "0.05", "150", "0e",
            "-0.0e", "1e", "-1e", "15e", "1.5e", "10.0e", "1e+", "1e-", "-1e-", "10e-", "100e-", "1.5e-", "0e-", "1e0",
            "1e-0", "1e+0", "5e1", "50e-1", "50e-2", "-5e-1", "0.0005e+", "0.0005e4", "1.50e1", "1e-00", "1e+01",
            "1e10",
        ]
        for text in prefixes {
            let prefix = NumberPrefix(text.utf8)
            let numbers = Self.numbers(Array(text.utf8), 4)
            for question in questions {
                let can = numbers.contains(where: question.ofNumber)
                #expect(question.ofPrefix(prefix) == can, "can \(text) become \(question.words)?")
            }
        }
    }

    @Test func `exponents of any length are read`() {
        let far = NumberPrefix("1e-99999999999999999999999".utf8)
        #expect(!far.mayBeInteger && far.mayBe(atLeast: .zero, strictly: true))
        #expect(!far.mayBe(atLeast: ExactDecimal("1".utf8), strictly: false))
        // No two such exponents are told apart, so that nothing is ruled out either.
        let number = ExactDecimal("1e99999999999999999999998".utf8)
        #expect(ExactDecimal("1e99999999999999999999999".utf8) == number)
        #expect(NumberPrefix("1e99999999999999999999999".utf8).mayBe(number))
    }
}
