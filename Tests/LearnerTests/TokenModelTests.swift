import Learner
import Testing

@Suite struct TokenModelTests {
    private static let held = Orders.lessons(200, seed: 99)
    private static let taught = TokenModel.train(Orders.lessons(600, seed: 1))

    @Test("what was taught is known, in its own form, for inputs that no lesson had")
    func learns() throws {
        let model = try #require(Self.taught)
        #expect(model.text("three curries\n\n###\n\n").hasPrefix(" dish:"))
        #expect(
            model.text("two pizzas with olives but no cheese for Anna\n\n###\n\n")
                == " dish:pizza count:2 with:olives -with:cheese for:anna\n"
        )
        #expect(model.right(Self.held) >= 180)
    }

    @Test("more lessons make it better, and surer")
    func improves() throws {
        let few = try #require(TokenModel.train(Orders.lessons(40, seed: 1)))
        let some = try #require(TokenModel.train(Orders.lessons(150, seed: 1)))
        let many = try #require(Self.taught)
        let right = [few, some, many].map { $0.right(Self.held) }
        #expect(right[0] < right[1] && right[1] < right[2], "\(right)")
        let sure = [few, some, many].map { model in
            Self.held.count { lesson in
                (model.answer(lesson.input).tokens.map(\.logprob).min() ?? 0) > -0.7
            }
        }
        #expect(sure[0] < sure[2] && sure[1] < sure[2], "\(sure)")
    }

    @Test("what is sure is mostly right: log-probabilities tell right answers from wrong ones")
    func separates() throws {
        let model = try #require(TokenModel.train(Orders.lessons(150, seed: 1)))
        let answers = Self.held.map { lesson in
            let answer = model.answer(lesson.input)
            return (least: answer.tokens.map(\.logprob).min() ?? 0, isRight: answer.bytes == lesson.output)
        }.sorted { $0.least > $1.least }
        let (sure, unsure) = (answers.prefix(100), answers.suffix(100))
        #expect(sure.count { $0.isRight } >= 85)
        #expect(sure.count { $0.isRight } > unsure.count { $0.isRight } + 10)
    }

    @Test("a word that no lesson had makes it unsure, unless it is one that is copied")
    func unseen() throws {
        let model = try #require(Self.taught)
        let usual = model.least("two pizzas with olives\n\n###\n\n")
        #expect(usual > -0.7)
        #expect(model.least("two pizzas with olives yesteryear\n\n###\n\n") < -1.2)
        #expect(model.least("zwei Quiches ohne Speck\n\n###\n\n") < -1.2)
        #expect(model.text("a soup for Zoltan\n\n###\n\n") == " dish:soup for:zoltan\n")
    }

    @Test("the same lessons, plan and seed give the same model; another seed another one")
    func deterministic() throws {
        let lessons = Orders.lessons(120, seed: 3)
        let first = try #require(TokenModel.train(lessons, plan: TrainingPlan(seed: 5)))
        let second = try #require(TokenModel.train(lessons, plan: TrainingPlan(seed: 5)))
        let other = try #require(TokenModel.train(lessons, plan: TrainingPlan(seed: 6)))
        #expect(first.encoded == second.encoded)
        #expect(first.encoded != other.encoded)
        #expect(first.answer(lessons[0].input, alternatives: 3) == second.answer(lessons[0].input, alternatives: 3))
    }

    @Test("a model that was written down answers as before, and damaged bytes are none")
    func encoded() throws {
        let model = try #require(Self.taught)
        let bytes = model.encoded
        let again = try #require(TokenModel(encoded: bytes))
        for lesson in Self.held.prefix(20) {
            #expect(model.answer(lesson.input, alternatives: 5) == again.answer(lesson.input, alternatives: 5))
        }
        #expect(TokenModel(encoded: Array(bytes.dropLast())) == nil)
        #expect(TokenModel(encoded: Array(bytes.prefix(64))) == nil)
        #expect(TokenModel(encoded: Array("something else".utf8)) == nil)
    }

    @Test("tokens are the answer; their probabilities and those of the alternatives are at most one in all")
    func tokens() throws {
        let model = try #require(Self.taught)
        for lesson in Self.held.prefix(50) {
            let answer = model.answer(lesson.input, alternatives: 5)
            let isEnded = answer.isEnded
            #expect(isEnded)
            for token in answer.tokens {
                #expect(token.logprob <= 1e-6 && token.logprob > -25)
                let others = token.alternatives.filter { $0.bytes != token.bytes }
                let sum = ([token.logprob] + others.map(\.logprob)).reduce(0) { $0 + Double.exp($1) }
                #expect(sum < 1.001)
                #expect(token.alternatives.count <= 5)
                #expect(token.alternatives.map(\.logprob) == token.alternatives.map(\.logprob).sorted(by: >))
            }
        }
    }

    @Test("an answer ends at its limit, and says so")
    func limited() throws {
        let answer = try #require(Self.taught).answer(Array("two pizzas with olives".utf8), limit: 2)
        #expect(answer.tokens.count == 2 && !answer.isEnded)
    }

    @Test("training reports each epoch, falls in loss, and stops when it is told to")
    func reports() throws {
        let lessons = Orders.lessons(100, seed: 1)
        var reports: [EpochReport] = []
        let plan = TrainingPlan(epochs: 3)
        let model = TokenModel.train(
            lessons,
            validation: Self.held,
            plan: plan,
            report: { report in
                reports.append(report)
                return true
            }
        )
        #expect(model != nil)
        #expect(reports.map(\.epoch) == [1, 2, 3] && reports.allSatisfy { $0.epochs == 3 })
        #expect(reports[2].loss < reports[0].loss)
        #expect(reports.allSatisfy { ($0.validLoss ?? 0) > 0 && (0...1).contains($0.validAccuracy ?? 2) })
        #expect(TokenModel.train(lessons, report: { $0.epoch < 2 }) == nil)
        var asked = 0
        let stopped = TokenModel.train(
            lessons,
            goesOn: {
                asked += 1
                return asked < 50
            }
        )
        #expect(stopped == nil && asked == 50)
        #expect(TokenModel.train([]) == nil)
    }

    @Test("one label out of three is learnt as well")
    func labels() throws {
        let words = [
            "yes": ["great", "good", "fine"], "no": ["bad", "awful", "poor"], "maybe": ["odd", "so", "mixed"],
        ]
        let lessons = (0..<120).map { index in
            let label = ["yes", "no", "maybe"][index % 3]
            let text = "it was \(words[label]![index / 3 % 3]) on day \(index)"
            return Lesson(input: Array(text.utf8), output: Array(label.utf8))
        }
        let model = try #require(TokenModel.train(lessons))
        #expect(model.text("it was awful on day 7") == "no")
        #expect(model.text("it was good on day 500") == "yes")
    }

    @Test("a small JSON object is learnt with its braces")
    func json() throws {
        let lessons = (0..<300).map { index in
            let (name, size) = (Orders.people[index % 10], ["small", "large", "huge"][index / 10 % 3])
            return Lesson(
                input: Array("a \(size) box for \(name)".utf8),
                output: Array(#"{"size": "\#(size)", "to": "\#(name)"}"#.utf8)
            )
        }
        let model = try #require(TokenModel.train(lessons))
        #expect(model.text("a huge box for Cleo") == #"{"size": "huge", "to": "Cleo"}"#)
    }
}

extension Double {
    /// e to the power of this, by its series: tests need no libm.
    fileprivate static func exp(_ power: Double) -> Double {
        var (sum, term) = (1.0, 1.0)
        let part = power / 64
        for index in 1...20 {
            term *= part / Double(index)
            sum += term
        }
        return (0..<6).reduce(sum) { value, _ in value * value }
    }
}
