/// Reads one text by a grammar, a character at a time, and knows after each whether the text can still become one of
/// the grammar's.
///
/// Earley's algorithm over the states of a `GrammarAutomaton`, as Aycock and Horspool run it over the states of an
/// LR(0) automaton ("Practical Earley Parsing", 2002), with Leo's treatment of right recursion ("A general context-free
/// parsing algorithm running in linear time on every LR(k) grammar without using lookahead", 1991).
///
///     items     (state, frame)     where the walk stands, and where the network began that it is in
///     frame     the items that waited for a network at one place of the text
///
/// A character moves every item. An item whose state ends a network wakes those of its frame that wait for it. If any
/// item calls a network, they become a new frame, and the network begins in it. Frame 0 is the text's: nobody waits.
/// Items are never those of a hopeless walk, since every rule derives some text (`GrammarReview`): a text is viable as
/// long as there is an item.
///
/// *Frames that no item leads to are dropped*, so that for most grammars they are a stack as deep as the text is
/// nested, and a grammar whose rules were all copied or turned into loops has none: then there is one item, and a
/// character is one look into the table. That case, also inside a longer grammar (a number, a quoted string), is
/// ``runAhead(over:from:atMost:)``.
///
/// Deterministic grammars are read in linear time. Others pay for each item, each item woken and each comparison.
struct GrammarRecogniser {
    enum Step {
        case went
        /// No text of the grammar goes on like this. The recogniser stands where it stood.
        case stuck
        /// The budget could not pay.
        case limit
    }

    typealias Item = GrammarItems.Item

    let automaton: GrammarAutomaton
    /// The item, where there is only one and its state does nothing but take characters: then `items` holds nothing
    /// that counts.
    var lone: Item?
    var items = GrammarItems()
    var next = GrammarItems()
    /// The networks that have ended in this step, each in the frame that it began in.
    var ended = GrammarItems()
    /// Of each frame, counted from 1: where its items begin in `waiting`.
    var frames: [Int32] = []
    var waiting: [Item] = []
    /// Of each frame: a network, and the item that its end leads to over a chain of ends that do nothing else; -1: none
    /// was looked for.
    var shortcuts: [(network: Int32, item: Item)] = []

    init(_ automaton: GrammarAutomaton) {
        self.automaton = automaton
        let first = Item(state: automaton.start, frame: 0)
        if automaton.isDetermined, automaton.traits[Int(automaton.start)].contains(.onlyTakes) {
            lone = first
        } else {
            items.insert(first)
            var budget = StepBudget()
            _ = call(&budget)
        }
    }

    /// The text may end here.
    var accepts: Bool {
        if let lone { return automaton.traits[Int(lone.state)].contains(.accepts) }
        return items.list.contains { automaton.traits[Int($0.state)].contains(.accepts) }
    }

    /// What may come next: the sets of characters, each once, by their first.
    var expected: [ScalarSet] {
        var found: Set<Int32> = []
        for item in lone.map({ [$0] }) ?? items.list {
            for scan in automaton.scans[item.state] { found.insert(scan.set) }
        }
        return found.map { automaton.sets[Int($0)] }.sorted { $0.ranges[0].lowerBound < $1.ranges[0].lowerBound }
    }

    /// Takes characters of ASCII as long as states that do nothing else lead to each other.
    /// - Returns: how many it took. What follows is for ``take(_:scratch:)``.
    mutating func runAhead(over bytes: TextBytes, from start: Int, atMost: Int) -> Int {
        guard let item = lone else { return 0 }
        let end = min(bytes.count, start + atMost)
        let width = automaton.alphabet.count
        var state = Int(item.state)
        var position = start
        automaton.table.withUnsafeBufferPointer { table in
            automaton.alphabet.ascii.withUnsafeBufferPointer { ascii in
                while position < end, bytes[position] < 0x80 {
                    let next = table[state * width + Int(ascii[Int(bytes[position])])]
                    guard next < GrammarAutomaton.busy else { return }
                    state = Int(next)
                    position += 1
                }
            }
        }
        lone = Item(state: Int32(state), frame: item.frame)
        return position - start
    }

    /// Takes a character.
    mutating func take(_ scalar: UInt32, scratch: JudgingScratch) -> Step {
        let index = automaton.alphabet.classOf(scalar)
        if let item = lone {
            let target = automaton.next(item.state, index)
            if target == GrammarAutomaton.dead { return .stuck }
            if target < GrammarAutomaton.busy {
                lone = Item(state: Int32(target), frame: item.frame)
                return .went
            }
        }
        return step(index, scratch)
    }
}
