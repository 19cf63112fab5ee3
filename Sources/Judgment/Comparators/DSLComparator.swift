import Statistics

/// `dsl`: lines that mean the same: equal once the terms of a list whose order means nothing are in order
/// (`GrammarList`), by the route's grammar; or by running a command that tries both.
///
/// Without a grammar and a command, the lines are equal if their words are. Likeness of letters says little here: of
/// commands that were 90 % alike six in ten were right (CONFIDENCE section 3), so it is shown and decides nothing.
struct DSLComparator: Comparator {
    static let name = "dsl"
    private let list: GrammarList?
    private let command: [String]

    init(_ options: ComparatorOptions) throws(ComparatorError) {
        command = options.command
        do throws(GrammarListError) {
            list = if let grammar = options.grammar { try GrammarList(grammar) } else { nil }
        } catch {
            throw ComparatorError(comparator: Self.name, message: "the grammar: \(error)")
        }
    }

    func compare(_ answer: [UInt8], with reference: [UInt8], input: [UInt8]) -> ComparisonStep {
        let (first, second) = (Self.words(answer), Self.words(reference))
        let similarity = Similarity.wordF1(first, second)
        let isEqual: Bool
        if let list {
            guard let one = list.canonical(Self.line(answer)) else {
                return .decided(.unreadable("the answer is no sentence of the grammar"))
            }
            guard let other = list.canonical(Self.line(reference)) else {
                return .decided(.unreadable("the reference is no sentence of the grammar"))
            }
            isEqual = one == other
        } else {
            isEqual = first == second
        }
        if isEqual || command.isEmpty { return .decided(Comparison(isEqual: isEqual, similarity: similarity)) }
        let both = [answer, reference].map { String(decoding: $0, as: UTF8.self) }
        return .run(command + both) { status in
            let note = status == 0 || status == 1 ? nil : "the command ended with status \(status)"
            return Comparison(isEqual: status == 0, similarity: similarity, note: note)
        }
    }

    /// Without the line break that models end lines with, and spaces around.
    private static func line(_ text: [UInt8]) -> [UInt8] {
        let start = text.drop { $0 <= 0x20 }
        return start.lastIndex { $0 > 0x20 }.map { Array(start[...$0]) } ?? []
    }

    private static func words(_ text: [UInt8]) -> [[UInt8]] {
        text.split { $0 <= 0x20 }.map(Array.init)
    }
}
