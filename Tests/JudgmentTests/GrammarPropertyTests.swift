import Completions
import Testing

@testable import Judgment

/// What holds of every grammar and every text: over generated ones, as many as `Fuzz` says.
@Suite struct GrammarPropertyTests {
    @Test func `both forms say the same, and no prefix of a sentence is refuted`() throws {
        var tally = PrefixTally()
        var grammars = 0
        var ended = 0
        let cases = try Fuzz("grammars", cases: 300, seed: 7).run { random in
            let text = GeneratedGrammar.any(&random)
            guard let determined = try? GrammarText(text), let plain = try? GrammarText(text, determines: false) else {
                return
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
        #expect(grammars > cases / 4)
        #expect(ended < cases / 10)
        #expect(tally.passing > cases / 4)
        #expect(tally.early > cases / 4)
    }

    @Test func `whatever a grammar's file and a text hold, there is an answer`() {
        var compiled = 0
        let cases = Fuzz("nearly grammars", cases: 2400, seed: 8).run { random in
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
        print("Grammars that are nearly ones: \(compiled) of \(cases) are")
        #expect(compiled > cases / 32)
        #expect(compiled < cases * 7 / 8)
    }
}
