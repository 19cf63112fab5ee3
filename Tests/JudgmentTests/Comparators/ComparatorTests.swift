import Testing

@testable import Judgment

/// What every comparator promises, held against every one there is; and what each calls equal.
@Suite struct ComparatorTests {
    static let grammar = Array(
        #"root ::= term (" " term)* (" sort:" [a-z]+)?\#nterm ::= [a-z]+ ":" ([a-z]+ | "'" [a-z ]+ "'")"#.utf8
    )

    static let texts = [
        "", " ", "a", "A ", "slow", " Slow\n", "Straße", "e\u{301}", "\u{e9}", "null", "1", "1.0", "[1,2]", "[2, 1]",
        #"{"a":1,"b":[true]}"#, #"{"b":[true],"a":1.0}"#, #"{"a":1,"a":1}"#, "{", "a, b", "b,a,a\n", "kind:x name:y",
        "name:y kind:x", "name:y kind:x sort:a", "kind:x  name:y", "The end.", "the END", "\u{0}", "a b c d e f",
    ]

    static func make(_ name: String) throws -> any Comparator {
        try KnownComparators.make(name, ComparatorOptions(grammar: name == "dsl" ? grammar : nil))
    }

    /// Of questions, with a judge that calls every pair a tie.
    private func decided(_ step: ComparisonStep) -> Comparison {
        switch step {
        case .decided(let comparison): comparison
        case .ask(let questions, let read): read(questions.map { _ in Array("TIE".utf8) })
        case .run(_, let read): read(1)
        }
    }

    @Test(arguments: KnownComparators.names)
    func `a comparator keeps its promises`(_ name: String) throws {
        let comparator = try Self.make(name)
        let hostile: [[UInt8]] = [[0xFF, 0xFE], Array(repeating: UInt8(ascii: "["), count: 5000), [0xC3]]
        let all = Self.texts.map { Array($0.utf8) } + hostile
        var equal = 0
        for first in all {
            for second in all {
                let comparison = decided(comparator.compare(first, with: second, input: []))
                let swapped = decided(comparator.compare(second, with: first, input: []))
                #expect((0...1).contains(comparison.similarity))
                #expect(!comparison.isEqual || comparison.similarity == 1)
                #expect(comparison.isEqual == swapped.isEqual && comparison.similarity == swapped.similarity)
                equal += comparison.isEqual ? 1 : 0
                if first == second, !comparison.isEqual {
                    #expect(comparison.note != nil, "unequal to itself without a word: \(first)")
                }
            }
        }
        #expect(equal > 0)
    }

    @Test(arguments: [
        ("exact", "a", "a ", false), ("label", " Slow\n", "slow", true), ("label", "e\u{301}", "\u{e9}", true),
        ("label", "slow", "slower", false), ("json", #"{"a":1,"b":[true]}"#, #"{"b":[true],"a":1.0}"#, true),
        ("json", "[1,2]", "[2,1]", false), ("json", #"{"a":1}"#, #"{"a":1,"b":2}"#, false), ("json", "{", "{", false),
        ("set", "[1,2]", "[2, 1, 1]", true), ("set", "a, b", "b,a\n", true),
        ("set", #"{"t":["x","y"]}"#, #"{"t":["y","x"]}"#, true),
        ("set", #"{"t":["x"]}"#, #"{"u":["x"]}"#, false), ("dsl", "kind:x name:y", "name:y kind:x", true),
        ("dsl", "kind:x name:y sort:a", "name:y kind:x sort:a\n", true), ("dsl", "kind:x sort:a", "kind:x", false),
        ("dsl", "kind:'b a' name:'d c'", "name:'d c' kind:'b a'", true),
        ("dsl", "kind:'b a' name:'d c'", "kind:'b c' name:'d a'", false), ("dsl", "nonsense", "nonsense", false),
        ("text", "The end.", "the END", true), ("text", "The end", "The start", false),
    ])
    func `what is equal`(name: String, answer: String, reference: String, isEqual: Bool) throws {
        let step = try Self.make(name).compare(Array(answer.utf8), with: Array(reference.utf8), input: [])
        #expect(decided(step).isEqual == isEqual)
    }

    @Test func `what is alike`() throws {
        func similarity(_ name: String, _ first: String, _ second: String) throws -> Double {
            decided(try Self.make(name).compare(Array(first.utf8), with: Array(second.utf8), input: [])).similarity
        }
        // Three leaves and two, two of them shared.
        #expect(try similarity("json", #"{"a":1,"b":[2,{"c":null}]}"#, #"{"b":[2],"a":1.0}"#) == 0.8)
        #expect(try similarity("set", "a,b,c", "b,c,d") == 0.5)
        #expect(try similarity("text", "kitten", "sitting") == 1 - 3.0 / 7)
        let cut = try KnownComparators.make("text", ComparatorOptions(least: 0.5))
        #expect(decided(cut.compare(Array("the end".utf8), with: Array("the start".utf8), input: [])).isEqual)
    }

    @Test func `a command decides where the words differ`() throws {
        let comparator = try KnownComparators.make("dsl", ComparatorOptions(command: ["/opt/try", "--both"]))
        let step = comparator.compare(Array("a b".utf8), with: Array("b a".utf8), input: [])
        guard case .run(let arguments, let read) = step else {
            Issue.record("nothing is run")
            return
        }
        #expect(arguments == ["/opt/try", "--both", "a b", "b a"])
        #expect(read(0).isEqual && !read(1).isEqual && read(1).note == nil)
        #expect(read(127).note == "the command ended with status 127")
    }

    @Test(arguments: [
        ("A", "B", true, 1.0), ("TIE", "tie.", true, 1.0), ("TIE", "A", false, 0.25), ("A", "A", false, 0.5),
        ("B", "A", false, 0.0), ("Both are right.\n\n**TIE**\n", "Answer B is better: B", true, 1.0),
        ("", "A", false, 0.0),
        ("I cannot say", "A", false, 0.0),
    ])
    func `a judge is asked twice`(straight: String, swapped: String, isEqual: Bool, similarity: Double) throws {
        let step = try KnownComparators.make("judge").compare(
            Array("x".utf8),
            with: Array("y".utf8),
            input: Array("q".utf8)
        )
        guard case .ask(let questions, let read) = step else {
            Issue.record("nobody is asked")
            return
        }
        #expect(questions.count == 2)
        #expect(questions[0].user.contains("<<< REQUEST\nq\n") && questions[0].user.contains("<<< ANSWER A\nx\n"))
        #expect(questions[1].user.contains("<<< ANSWER A\ny\n") && questions[1].user.contains("<<< ANSWER B\nx\n"))
        let comparison = read([Array(straight.utf8), Array(swapped.utf8)])
        #expect(comparison.isEqual == isEqual && comparison.similarity == similarity)
    }

    @Test func `options that cannot be are refused`() {
        #expect(throws: ComparatorError.self) { try KnownComparators.make("jsn") }
        #expect(throws: ComparatorError.self) { try KnownComparators.make("text", ComparatorOptions(least: 2)) }
        do throws(ComparatorError) {
            _ = try KnownComparators.make("dsl", ComparatorOptions(grammar: Array("root ::= a".utf8)))
            Issue.record("the grammar was taken")
        } catch {
            #expect(error.description == "dsl: the grammar: line 1, column 10: there is no rule named a")
        }
    }
}
