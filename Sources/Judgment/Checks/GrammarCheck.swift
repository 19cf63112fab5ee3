import Completions

/// `grammar: code-search.gbnf`: the text is a sentence of a context-free grammar.
///
/// GBNF, the notation of llama.cpp (`GrammarReader` says what of it); `root` is the whole text. Compiled at load. A
/// prefix is refuted at the first character after which no sentence goes on.
struct GrammarCheck: FormatCheck {
    static let name = "grammar"
    let automaton: GrammarAutomaton
    let notes: [CheckNote]

    init(options: CheckOptions, files: CheckFiles) throws(CheckError) {
        let reader = try OptionReader(options, check: Self.name, keys: ["file"])
        let path = try reader.requiredText("file", "the file of a grammar")
        let text: [UInt8]
        do {
            text = try files(path)
        } catch {
            throw reader.failure("file", "\(path) cannot be read: \(error)")
        }
        do throws(GrammarErrors) {
            let compiled = try GrammarAutomaton.compile(text)
            automaton = compiled.automaton
            notes = compiled.warnings.map {
                CheckNote(file: path, line: $0.place.line, column: $0.place.column, message: $0.message)
            }
        } catch {
            var all = error.problems.map { problem in
                CheckError(
                    check: Self.name,
                    path: ["file"],
                    message: problem.message,
                    suggestion: problem.suggestion,
                    file: path,
                    line: problem.place.line,
                    column: problem.place.column
                )
            }
            var first = all.removeFirst()
            first.more = all
            throw first
        }
    }

    func begin() -> Run { Run(automaton) }

    struct Run: CheckRun {
        private var recogniser: GrammarRecogniser
        private var decoder = UTF8Decoder()
        /// Scalars taken.
        private var position = 0
        /// Scalars of them and to come that are paid for: a step for two, 64 at a time, however the text is cut.
        private var prepaid = 0
        private var failure: String?
        private var isLimited = false

        init(_ automaton: GrammarAutomaton) {
            recogniser = GrammarRecogniser(automaton)
        }

        mutating func take(_ piece: TextBytes, scratch: JudgingScratch) {
            var index = 0
            while index < piece.count, failure == nil, !isLimited {
                if prepaid == 0 {
                    guard scratch.budget.pay(32) else {
                        isLimited = true
                        return
                    }
                    prepaid = 64
                }
                if decoder.isBetween {
                    let taken = recogniser.runAhead(over: piece, from: index, atMost: prepaid)
                    index += taken
                    position += taken
                    prepaid -= taken
                    if taken > 0 { continue }
                }
                take(piece[index], scratch)
                index += 1
            }
        }

        private mutating func take(_ byte: UInt8, _ scratch: JudgingScratch) {
            switch decoder.take(byte) {
            case .more: return
            case .invalid: fail("bytes that are not UTF-8")
            case .scalar(let scalar):
                switch recogniser.take(scalar, scratch: scratch) {
                case .went:
                    position += 1
                    prepaid -= 1
                case .stuck: fail(ScalarSet.quoted(scalar))
                case .limit: isLimited = true
                }
            }
        }

        /// `at 12: found 'x', expected one of: 'a', [0-9], end`. Places are counted in scalars, from 0.
        private mutating func fail(_ found: String) {
            let shown = 12
            let sets = recogniser.expected
            var words = sets.prefix(shown).map(\.description)
            if sets.count > shown { words.append("\(sets.count - shown) more") }
            if recogniser.accepts { words.append("end") }
            let list = words.joined(separator: ", ")
            failure = "at \(position): found \(found), expected \(words.count == 1 ? "" : "one of: ")\(list)"
        }

        mutating func viability(_ soFar: TextBytes, scratch: JudgingScratch) -> Ruling {
            // What was not read to its end says nothing about a prefix.
            failure.map { .fail($0) } ?? .pass
        }

        mutating func finish(_ whole: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling {
            if isLimited { return .limit("reading the text by the grammar took too many steps") }
            if failure == nil {
                if !decoder.isBetween {
                    fail("half a character")
                } else if !recogniser.accepts {
                    fail("end")
                }
            }
            return failure.map { .fail($0) } ?? .pass
        }
    }
}
