import Completions
import Foundation
import Testing

@testable import Judgment

/// What holds of every grammar and every text: over generated ones. `UNDERSTUDY_FUZZ_ROUNDS` says how many; three hundred
/// take some seconds.
@Suite struct GrammarPropertyTests {
    static let rounds = ProcessInfo.processInfo.environment["UNDERSTUDY_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 300

    @Test func `both forms say the same, and no prefix of a sentence is refuted`() throws {
        var random = SmallRandom(state: 7)
        var tally = PrefixTally()
        var grammars = 0
        var ended = 0
        for _ in 0..<Self.rounds {
            let text = GeneratedGrammar.any(&random)
            guard let determined = try? GrammarText(text), let plain = try? GrammarText(text, determines: false) else {
                continue
            }
            grammars += 1
            let judge = Judge(
                checks: [try KnownChecks.make("grammar", options: .string("g")) { _ in Array(text.utf8) }],
                confidence: ConfidenceRule(score: .min, threshold: -1)
            )
            for _ in 0..<8 {
                let sample = GeneratedGrammar.text(&random)
                let scalars = String(decoding: sample, as: UTF8.self).unicodeScalars.map(\.value)
                guard let one = determined.read(scalars) else {
                    ended += 1
                    continue
                }
                // The plain form has more items, and its budget may end.
                guard let other = plain.read(scalars) else {
                    ended += 1
                    continue
                }
                #expect(one == other, "\(text)\n\(String(decoding: sample, as: UTF8.self))")
                tally.hold(judge, sample, &random, text)
            }
        }
        tally.report("Generated grammars, \(grammars) of them")
        #expect(grammars > Self.rounds / 4)
        #expect(ended < Self.rounds / 10)
        #expect(tally.passing > Self.rounds / 4)
        #expect(tally.early > Self.rounds / 4)
    }

    @Test func `whatever a grammar's file and a text hold, there is an answer`() {
        var random = SmallRandom(state: 8)
        var compiled = 0
        for _ in 0..<8 * Self.rounds {
            let bytes = GeneratedGrammar.nearly(&random)
            do throws(GrammarErrors) {
                let automaton = try GrammarAutomaton.compile(bytes, determines: random.chance(2)).automaton
                compiled += 1
                let scratch = JudgingScratch()
                var run = GrammarCheck.Run(automaton)
                let text = GeneratedGrammar.text(&random) + (random.chance(4) ? [UInt8(random.below(256))] : [])
                text.withUnsafeBufferPointer {
                    run.take($0, scratch: scratch)
                    let isRefuted = run.viability($0, scratch: scratch) != .pass
                    let whole = run.finish($0, ending: .stop, scratch: scratch)
                    #expect(!isRefuted || whole != .pass, "\(String(decoding: bytes, as: UTF8.self))")
                }
            } catch {
                let lines = bytes.count { $0 == 0x0A } + 1
                for problem in error.problems {
                    #expect((1...lines).contains(problem.place.line), "\(problem)")
                    #expect(problem.place.column >= 1 && problem.place.column <= bytes.count + 1, "\(problem)")
                }
            }
        }
        print("Grammars that are nearly ones: \(compiled) of \(8 * Self.rounds) are")
        #expect(compiled > Self.rounds / 4)
        #expect(compiled < 7 * Self.rounds)
    }
}
