import Completions

@testable import Judgment

/// A grammar at work in a test, in one of its two forms.
struct GrammarText {
    let automaton: GrammarAutomaton

    init(_ text: String, determines: Bool = true) throws {
        automaton = try GrammarAutomaton.compile(Array(text.utf8), determines: determines).automaton
    }

    /// What the check says of a text: nil, or its words.
    func objection(_ text: some Collection<UInt8>) -> Ruling {
        var run = GrammarCheck.Run(automaton)
        let bytes = Array(text)
        let scratch = JudgingScratch()
        return bytes.withUnsafeBufferPointer {
            run.take($0, scratch: scratch)
            return run.finish($0, ending: .stop, scratch: scratch)
        }
    }

    func judge(_ text: String) -> Ruling { objection(text.utf8) }

    func accepts(_ text: String) -> Bool { judge(text) == .pass }

    /// Over how many scalars a text can still become a sentence, and whether it is one. Nil if the budget ends.
    func read(_ text: [UInt32], scratch: JudgingScratch = JudgingScratch()) -> (viable: Int, isSentence: Bool)? {
        var recogniser = GrammarRecogniser(automaton)
        for (position, scalar) in text.enumerated() {
            switch recogniser.take(scalar, scratch: scratch) {
            case .went: break
            case .stuck: return (position, false)
            case .limit: return nil
            }
        }
        return (text.count, recogniser.accepts)
    }
}
