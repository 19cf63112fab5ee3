/// Texts of a grammar that say the same in another order.
///
/// Where a grammar's texts begin with a list (`root ::= term (" " term)* ...`: a rule, and without end white space and
/// that rule again), the order of its items is taken to mean nothing, as in a query whose terms are joined by "and".
/// Lists with any other separator keep their order: statements, pipelines, arguments. What follows the list stays where
/// it is, and so does a list whose items, in order, would be no text of the grammar.
public struct GrammarList: Sendable {
    private let whole: GrammarAutomaton
    /// Of one item; nil where the grammar has no such list.
    private let item: GrammarAutomaton?

    /// - Parameter grammar: in GBNF.
    public init(_ grammar: [UInt8]) throws(GrammarListError) {
        do throws(GrammarErrors) {
            var rules = try GrammarReader.read(grammar)
            whole = try GrammarAutomaton.build(rules)
            guard let rule = Self.item(of: rules) else {
                item = nil
                return
            }
            rules.root = rule
            item = try GrammarAutomaton.build(rules)
        } catch {
            let first = error.problems[0]
            throw GrammarListError(line: first.place.line, column: first.place.column, message: first.message)
        }
    }

    /// The text with its list in order; nil if it is none of the grammar's.
    public func canonical(_ text: [UInt8]) -> [UInt8]? {
        guard Self.accepts(whole, text) else { return nil }
        guard let item else { return text }
        var items: [[UInt8]] = []
        var separator: [UInt8] = []
        var position = 0
        var end = 0
        while let length = Self.longest(item, text[position...]) {
            items.append(Array(text[position..<(position + length)]))
            end = position + length
            let space = text[end...].prefix { Self.spaces.contains(UInt32($0)) }
            if separator.isEmpty { separator = Array(space) }
            position = end + space.count
            if space.isEmpty { break }
        }
        let sorted = items.sorted { $0.lexicographicallyPrecedes($1) }
        let ordered = Array(sorted.joined(separator: separator)) + text[end...]
        return Self.accepts(whole, ordered) ? ordered : text
    }

    // MARK: The list in the grammar

    private static let spaces: Set<UInt32> = [0x20, 0x09, 0x0A, 0x0D]

    /// The rule whose texts are the items of the list that the grammar's texts begin with.
    private static func item(of rules: GrammarRules) -> Int? {
        let body = rules.rules[rules.root].body
        let alternatives = if case .choice(let choices) = body { choices } else { [body] }
        for alternative in alternatives {
            guard case .sequence(let parts) = alternative, parts.count > 1,
                case .rule(let rule) = parts[0],
                case .repeated(.sequence(let again), least: 0, most: nil) = parts[1],
                again.count > 1, again.last == .rule(rule),
                again.dropLast().allSatisfy({ isSpace($0, rules, depth: 0) })
            else { continue }
            return rule
        }
        return nil
    }

    /// Does it derive white space only?
    private static func isSpace(_ part: GrammarPart, _ rules: GrammarRules, depth: Int) -> Bool {
        // Deeper than this nobody writes a separator.
        guard depth < 8 else { return false }
        return switch part {
        case .character(let set):
            rules.sets[set].ranges.allSatisfy { range in range.count <= 4 && range.allSatisfy(spaces.contains) }
        case .sequence(let parts), .choice(let parts): parts.allSatisfy { isSpace($0, rules, depth: depth + 1) }
        case .repeated(let inner, _, _): isSpace(inner, rules, depth: depth + 1)
        case .rule(let rule): isSpace(rules.rules[rule].body, rules, depth: depth + 1)
        case .fromEnd, .toStart: false
        }
    }

    // MARK: Texts

    private static func accepts(_ automaton: GrammarAutomaton, _ text: [UInt8]) -> Bool {
        longest(automaton, text[...]) == text.count
    }

    /// How many bytes the longest beginning has that is a text of the automaton's; nil if none is.
    private static func longest(_ automaton: GrammarAutomaton, _ text: ArraySlice<UInt8>) -> Int? {
        var recogniser = GrammarRecogniser(automaton)
        var decoder = UTF8Decoder()
        let scratch = JudgingScratch()
        var longest = recogniser.accepts ? 0 : nil
        for (count, byte) in text.enumerated() {
            switch decoder.take(byte) {
            case .more: continue
            case .invalid: return longest
            case .scalar(let scalar):
                guard case .went = recogniser.take(scalar, scratch: scratch) else { return longest }
                if recogniser.accepts { longest = count + 1 }
            }
        }
        return longest
    }
}

/// What is wrong with a grammar, first of all.
public struct GrammarListError: Error, Sendable, CustomStringConvertible {
    public let line: Int
    public let column: Int
    public let message: String

    public var description: String { "line \(line), column \(column): \(message)" }
}
