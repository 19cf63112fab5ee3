import Completions
import Testing

@testable import Judgment

@Suite struct PrefixJudgeTests {
    /// Feeds tokens one by one: at how many the answer was refuted, and why.
    private func refuted(
        _ judge: Judge,
        _ tokens: [(text: String, logprob: Double)],
        margins: [Double] = [],
        context: JudgingContext = JudgingContext(),
        dialect: Dialect = .chat
    ) -> (tokens: Int, reason: String)? {
        let scratch = JudgingScratch()
        var watch = PrefixJudge(judge, context: context, dialect: dialect)
        for (position, token) in tokens.enumerated() {
            let margin = margins.isEmpty ? [] : [margins[position]]
            watch.take(token.text.utf8, tokens: TokenLogprobs([token], margins: margin), scratch: scratch)
            if let refutation = watch.refutation(scratch: scratch) {
                return (position + 1, refutation.reason.rawValue)
            }
        }
        return nil
    }

    @Test func theTokenThatRefutesEndsIt() throws {
        let json = Judge(checks: [try check("json")])
        #expect(refuted(json, [("{", 0), ("\"a\"", 0), ("1", 0), ("}", 0)])?.tokens == 3)
        #expect(refuted(json, [("{", 0), ("\"a\"", 0), (":1", 0), ("}", 0)]) == nil)
        let short = Judge(checks: [try check("finished"), try check("max_chars", .number("2"))])
        let found = refuted(short, [("ab", 0), ("c", 0), ("d", 0)])
        #expect(found?.tokens == 2)
        #expect(found?.reason == "format.max_chars")
    }

    @Test func exactScoresEndItAtTheirToken() {
        let tokens = [("a", -0.5), ("b", -3.0), ("c", -0.1)]
        func at(_ score: ScoreName, _ threshold: Double, _ margins: [Double] = []) -> Int? {
            refuted(Judge(confidence: ConfidenceRule(score: score, threshold: threshold)), tokens, margins: margins)?
                .tokens
        }
        #expect(at(.min, -1) == 2)
        #expect(at(.min, -4) == nil)
        #expect(at(.firstToken, -0.4) == 1)
        #expect(at(.firstToken, -1) == nil)
        #expect(at(.margin, 1, [2, 2, 0.5]) == 3)
    }

    @Test func aMeanIsHopelessWhenEvenZerosCannotSaveIt() {
        let tokens = [("a", -2.0), ("b", -2.0), ("c", -2.0)]
        let rule = ConfidenceRule(score: .mean, threshold: -1)
        // Of at most 4 tokens, 4 × -1 must not be undercut: at the third token it is.
        #expect(refuted(Judge(confidence: rule), tokens, context: JudgingContext(maxTokens: 4))?.tokens == 3)
        #expect(refuted(Judge(confidence: rule), tokens, context: JudgingContext(maxTokens: 6)) == nil)
        #expect(refuted(Judge(confidence: rule), tokens) == nil)
        let median = ConfidenceRule(score: .quantile, threshold: -1, quantile: 0.5)
        #expect(refuted(Judge(confidence: median), tokens, context: JudgingContext(maxTokens: 5))?.tokens == 3)
        #expect(refuted(Judge(confidence: median), tokens, context: JudgingContext(maxTokens: 7)) == nil)
    }

    @Test func confidenceLeavesAloneWhatMissingNumbersWouldAccept() {
        let rule = ConfidenceRule(score: .min, threshold: -1, whenMissing: WhenMissing(text: .accept))
        let tokens = [("a", -5.0), ("b", .nan)]
        #expect(refuted(Judge(confidence: rule), tokens) == nil)
        #expect(Judge(confidence: rule).judge(answer(choice("ab", tokens: tokens)), context: JudgingContext()).accepted)
    }

    @Test func aLeadingSpaceIsTakenOffHereToo() throws {
        let labels = CheckOptions.mapping([.init("values", .list([.string("yes")])), .init("trim", .bool(false))])
        let judge = Judge(checks: [try check("one_of", labels)])
        let tokens = [(" ye", 0.0), ("s", 0.0)]
        let chat = JudgingContext(clientSpeaksChat: true)
        #expect(refuted(judge, tokens, context: chat, dialect: .completions) == nil)
        #expect(refuted(judge, tokens, context: chat, dialect: .chat)?.tokens == 1)
    }

    /// Many answers, made by a fixed rule; judges of every score and of checks: never a false abort.
    @Test func noPrefixOfAnAcceptedAnswerIsRefuted() throws {
        var random = SmallRandom(state: 7)
        let pieces = ["{", "}", "\"a\"", ":", "1", "2.5", ",", "\"bé\"", "[", "]", " ", "true", "yes", "no", "\n"]
        let templates = [
            ["{", "\"a\"", ":", "1", ",", "\"bé\"", ":", "\"yes\"", "}"], ["yes"], ["[", "1", ",", "true", "]"],
        ]
        var accepted = 0
        var aborted = 0
        for round in 0..<4000 {
            var words = round % 2 == 0 ? templates[Int(random.next() % 3)] : []
            if words.isEmpty { words = (0..<Int(1 + random.next() % 6)).map { _ in pieces[Int(random.next() % 15)] } }
            let tokens = words.map {
                (text: $0, logprob: random.next() % 12 == 0 ? -2.0 : -Double(random.next() % 8) / 10)
            }
            var rule = ConfidenceRule(
                score: ScoreName.allCases[Int(random.next() % 5)],
                threshold: -Double(random.next() % 20) / 10,
                quantile: Double(random.next() % 4) / 4,
                over: random.next() % 2 == 0 ? .all : .values
            )
            if rule.score == .margin { rule.threshold += 1 }
            let margins = words.map { _ in Double(random.next() % 30) / 10 }
            let checks = try [
                [], [check("json")], [check("max_chars", .number("9"))], [check("regex", .string("^[yn]"))],
                [check("one_of", .list([.string("yes"), .string("no")]))],
            ][Int(random.next() % 5)]
            let judge = Judge(checks: checks, confidence: rule)
            let context = JudgingContext(maxTokens: random.next() % 2 == 0 ? nil : words.count + Int(random.next() % 3))
            let whole = judge.judge(
                answer(choice(words.joined(), tokens: tokens, margins: margins)),
                context: context
            )
            let early = refuted(judge, tokens, margins: margins, context: context)
            if whole.accepted {
                accepted += 1
                #expect(early == nil, "\(words) \(tokens.map(\.logprob)) \(rule)")
            }
            if early != nil { aborted += 1 }
        }
        #expect(accepted > 100)
        #expect(aborted > 100)
    }
}

/// SplitMix64: the same numbers on every machine.
struct SmallRandom {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
