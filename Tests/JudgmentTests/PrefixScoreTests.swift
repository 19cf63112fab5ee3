import Completions
import Testing

@testable import Judgment

/// Confidence while an answer arrives, against the whole, over everything that providers do to log-probabilities.
@Suite struct PrefixScoreTests {
    private struct Sample {
        var pieces: [Arrival.Piece] = []
        var tokens = 0
    }

    /// Text and tokens that arrive together, one before the other, with what they lie about.
    private func sample(_ words: [String], echoed: Int, _ random: inout SmallRandom) -> Sample {
        var sample = Sample()
        let disagrees = random.chance(6)
        let sendsOffsets = random.chance(4)
        let offsetsLie = random.chance(4)
        let sendsMargins = !random.chance(8)
        var offset = random.chance(2) ? 0 : 100
        var heldText: [UInt8] = []
        for word in words {
            var token = Array(word.utf8)
            if disagrees, random.chance(3) { token = Array("bytes:\\xe2".utf8) }
            let value = random.chance(12) ? Double.nan : random.chance(8) ? -2.5 : -Double(random.below(9)) / 10
            var tokens = TokenLogprobs(logprobs: [value], tokenBytes: token, tokenEnds: [Int32(token.count)])
            if sendsMargins { tokens.margins = [random.chance(15) ? .nan : Double(random.below(30)) / 10] }
            if sendsOffsets { tokens.textOffsets = [Int32(offsetsLie ? random.below(20) : offset)] }
            offset += word.unicodeScalars.count
            // Text may come later than its token, and with the next ones.
            heldText += Array(word.utf8)
            let text = random.chance(4) ? [] : heldText
            if !text.isEmpty { heldText = [] }
            sample.pieces.append(Arrival.Piece(text: text, tokens: tokens))
            sample.tokens += 1
        }
        if random.chance(3) {
            // The stop sequence, which the text does not hold.
            var tokens = TokenLogprobs([("\n", -3)], margins: sendsMargins ? [0] : [])
            if sendsOffsets { tokens.textOffsets = [Int32(offset)] }
            sample.pieces.append(Arrival.Piece(text: heldText, tokens: tokens))
            sample.tokens += 1
        } else if !heldText.isEmpty {
            sample.pieces.append(Arrival.Piece(text: heldText, tokens: nil))
        }
        return sample
    }

    @Test func `no prefix of an answer that is sure enough is refuted`() throws {
        var random = SmallRandom(state: 7)
        let words = ["{", "}", "\"a\"", ":", "1", "2.5", ",", "\"b", "é\"", "[", "]", " ", "true", "\"\"", "-", "\n"]
        let templates = [
            ["{", "\"a\"", ":", "1", ",", "\"b", "é\"", ":", "\"yes\"", "}"], ["yes"], ["[", "1", ",", "true", "]"],
            ["{\"", "a", "\":", "\"x", "y z", "\"}"], ["[\"\"", ",\"", "\"", "]"], ["12", "34", ".5"],
        ]
        var passing = 0
        var failing = 0
        var refuted = 0
        var falseAborts = 0
        var prefixes = 0
        for _ in 0..<20_000 {
            let text =
                random.chance(2) ? random.one(of: templates) : (0...random.below(6)).map { _ in random.one(of: words) }
            let echoed = random.chance(6) ? random.below(4) : 0
            let sample = sample(text, echoed: echoed, &random)
            var rule = ConfidenceRule(
                score: random.one(of: ScoreName.allCases),
                threshold: -Double(random.below(25)) / 10,
                quantile: Double(random.below(5)) / 4,
                over: random.chance(2) ? .all : .values,
                whenMissing: WhenMissing(
                    text: random.one(of: MissingPolicy.allCases),
                    tools: random.one(of: MissingPolicy.allCases)
                )
            )
            if rule.score == .margin { rule.threshold += 2 }
            let context = JudgingContext(echoedPromptCharacters: echoed, offersTools: random.chance(2))
            let limit = random.chance(3) ? nil : sample.tokens + random.below(4)
            var arrival = Arrival(Judge(confidence: rule), context: context, maxTokens: limit)
            for piece in sample.pieces { arrival.take(piece) }
            // A call that follows brings its own policy for what is missing.
            if random.chance(6) { arrival.take(arguments: "{}".utf8) }
            prefixes += arrival.prefixes
            let verdict = arrival.verdict()
            if verdict.accepted { passing += 1 } else { failing += 1 }
            if arrival.refutation != nil { if verdict.accepted { falseAborts += 1 } else { refuted += 1 } }
            #expect(
                !verdict.accepted || arrival.refutation == nil,
                "\(text) \(sample.pieces) \(rule) echo \(echoed) limit \(limit ?? -1) \(arrival.refutation?.detail ?? "")"
            )
        }
        print(
            "Confidence: \(passing) passing answers, \(falseAborts) refuted; \(failing) failing answers,",
            "\(refuted) refuted while they arrive; \(prefixes) prefixes in all"
        )
        #expect(passing > 3000)
        #expect(refuted > 3000)
    }

    @Test func `the exact scores refute whatever fails by them, at the token`() {
        var random = SmallRandom(state: 8)
        for _ in 0..<2000 {
            let score = random.one(of: [ScoreName.min, .firstToken, .margin])
            let rule = ConfidenceRule(score: score, threshold: score == .margin ? 1 : -1)
            var arrival = Arrival(Judge(confidence: rule))
            var expected: Int?
            for token in 1...1 + random.below(20) {
                let value = -Double(random.below(12)) / 10
                let margin = Double(random.below(40)) / 10
                let fails = score == .margin ? margin < 1 : value < -1 && (score == .min || token == 1)
                if fails, expected == nil { expected = token }
                let tokens = TokenLogprobs([("é", value)], margins: [margin])
                arrival.take(Arrival.Piece(text: Array("é".utf8), tokens: tokens))
            }
            #expect(arrival.refutedAt == expected)
            #expect(arrival.verdict().accepted == (expected == nil))
        }
    }

    @Test func `at the limit a mean and a quantile are as good as the whole`() {
        var random = SmallRandom(state: 9)
        for _ in 0..<2000 {
            let rule = ConfidenceRule(
                score: random.chance(2) ? .mean : .quantile,
                threshold: -0.55,
                quantile: Double(random.below(11)) / 10
            )
            let count = 1 + random.below(12)
            var arrival = Arrival(Judge(confidence: rule), maxTokens: count)
            for _ in 0..<count {
                let tokens = TokenLogprobs([("a", -Double(random.below(12)) / 10)])
                arrival.take(Arrival.Piece(text: Array("a".utf8), tokens: tokens))
            }
            #expect((arrival.refutation == nil) == arrival.verdict().accepted)
        }
    }
}
