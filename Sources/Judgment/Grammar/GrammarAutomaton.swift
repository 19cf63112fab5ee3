/// What a recogniser runs on: the states that a walk through a grammar's networks can be in, and their steps.
///
/// A state is a set of nodes between which the text does not decide. It comes in two forms, chosen at load:
/// - *determined*: as many nodes as belong together are one state, and a character leads to one state: `table`, a row
///   for
///   each state, a column for each class of characters;
/// - *plain*: a state for each node, and a character leads to several. For grammars whose determined form would be
///   large
///   (it may be exponential). The recogniser's items are then more, and each pays for itself.
///
/// Either way a state may also wait for a network that it calls (`gotos`), end one (`completes`), and call for the
/// states in which the networks that it calls begin (`calls`).
final class GrammarAutomaton: Sendable {
    struct Scan: Sendable {
        let set: Int32
        /// -1 in the determined form, where the table knows.
        let target: Int32
    }

    struct Goto: Sendable {
        let network: Int32
        let target: Int32
    }

    /// Lists, one for each state, in one array.
    struct Lists<Element: Sendable>: Sendable {
        private(set) var starts: [Int32] = [0]
        private(set) var elements: [Element] = []

        mutating func append(_ list: some Sequence<Element>) {
            elements.append(contentsOf: list)
            starts.append(Int32(elements.count))
        }

        @inline(__always) func range(_ state: Int32) -> Range<Int> {
            Int(starts[Int(state)])..<Int(starts[Int(state) + 1])
        }

        subscript(_ state: Int32) -> ArraySlice<Element> { elements[range(state)] }
    }

    struct Traits: OptionSet, Sendable {
        let rawValue: UInt8
        /// A text may end here.
        static let accepts = Traits(rawValue: 1)
        /// Waits for a network: items of it are kept.
        static let waits = Traits(rawValue: 2)
        /// Takes characters and may accept, nothing else.
        static let onlyTakes = Traits(rawValue: 4)
        /// Ends one network, which is not the text, and does nothing else.
        static let onlyEnds = Traits(rawValue: 8)
        /// Does nothing more once the networks that it ends have ended.
        static let isSpent = Traits(rawValue: 16)
    }

    let sets: [ScalarSet]
    let alphabet: GrammarAlphabet
    /// Determined: state × class. `dead`, or the next state, with `busy` set where that state does more than take
    /// characters.
    let table: [UInt32]
    static let dead: UInt32 = .max
    static let busy: UInt32 = 1 << 31

    let scans: Lists<Scan>
    let gotos: Lists<Goto>
    let completes: Lists<Int32>
    let calls: Lists<Int32>
    let traits: [Traits]
    let start: Int32
    /// Plain: per set a bit for each class.
    private let bits: [UInt64]
    private let words: Int

    var isDetermined: Bool { !table.isEmpty }

    init(_ states: GrammarStates, sets: [ScalarSet], alphabet: GrammarAlphabet) {
        self.sets = sets
        self.alphabet = alphabet
        scans = states.scans
        gotos = states.gotos
        completes = states.completes
        calls = states.calls
        start = states.start
        traits = (0..<Int32(states.count)).map { state in
            var traits: Traits = []
            let ends = states.completes[state]
            if ends.contains(0) { traits.insert(.accepts) }
            if !states.gotos[state].isEmpty { traits.insert(.waits) }
            let isInside = states.gotos[state].isEmpty
            if isInside, !ends.contains(where: { $0 != 0 }) { traits.insert(.onlyTakes) }
            if isInside, states.scans[state].isEmpty, !ends.contains(0) {
                traits.insert(.isSpent)
                if ends.count == 1 { traits.insert(.onlyEnds) }
            }
            return traits
        }
        let known = traits
        table = states.table.map { target in
            target == Self.dead || known[Int(target)].contains(.onlyTakes) ? target : target | Self.busy
        }
        let words = (alphabet.count + 63) / 64
        self.words = words
        var bits: [UInt64] = []
        if states.table.isEmpty {
            bits = [UInt64](repeating: 0, count: words * sets.count)
            for (set, classes) in alphabet.members.enumerated() {
                for index in classes { bits[set * words + Int(index) >> 6] |= 1 << UInt64(index & 63) }
            }
        }
        self.bits = bits
    }

    /// The next state of a determined form; nil where there is none.
    @inline(__always) func next(_ state: Int32, _ classOf: Int32) -> UInt32 {
        table[Int(state) * alphabet.count + Int(classOf)]
    }

    /// Those of a state's gotos that wait for a network: they are in the order of networks.
    func gotos(of state: Int32, for network: Int32) -> Range<Int> {
        let all = gotos.range(state)
        var (low, high) = (all.lowerBound, all.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if gotos.elements[middle].network < network { low = middle + 1 } else { high = middle }
        }
        while high < all.upperBound, gotos.elements[high].network == network { high += 1 }
        return low..<high
    }

    @inline(__always) func set(_ set: Int32, holds classOf: Int32) -> Bool {
        bits[Int(set) * words + Int(classOf) >> 6] >> UInt64(classOf & 63) & 1 != 0
    }

    /// Compiles a grammar, once, at load.
    /// - Parameter determines: false: the plain form, whatever the size (for tests).
    /// - Returns: the automaton, and what is probably not meant.
    static func compile(
        _ text: [UInt8],
        determines: Bool = true
    ) throws(GrammarErrors) -> (automaton: GrammarAutomaton, warnings: [GrammarProblem]) {
        let rules = try GrammarReader.read(text)
        return (try build(rules, determines: determines), rules.warnings)
    }

    /// The automaton of rules that were read.
    static func build(_ rules: GrammarRules, determines: Bool = true) throws(GrammarErrors) -> GrammarAutomaton {
        let networks = try GrammarNetworks(rules)
        let alphabet = GrammarAlphabet(rules.sets)
        var closures = GrammarClosures(networks)
        var states = determines ? GrammarStates.determined(&closures, alphabet) : nil
        if states == nil { states = GrammarStates.plain(&closures) }
        guard let states else {
            let message = "what may follow what is too much: the grammar is too large"
            throw GrammarErrors([GrammarProblem(place: rules.rules[rules.root].place, message: message)])
        }
        return GrammarAutomaton(states, sets: rules.sets, alphabet: alphabet)
    }
}
