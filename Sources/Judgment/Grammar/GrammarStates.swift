/// Makes the states of a `GrammarAutomaton`, in one of its two forms.
struct GrammarStates {
    private(set) var scans = GrammarAutomaton.Lists<GrammarAutomaton.Scan>()
    private(set) var gotos = GrammarAutomaton.Lists<GrammarAutomaton.Goto>()
    private(set) var completes = GrammarAutomaton.Lists<Int32>()
    private(set) var calls = GrammarAutomaton.Lists<Int32>()
    private(set) var table: [UInt32] = []
    private(set) var start: Int32 = 0
    private(set) var count = 0

    /// Of the determined form: 2 MiB of table, and no long search where there is no end of states.
    private static let mostCells = 1 << 19
    private static let mostStates = 1 << 13

    /// Nodes of a state, by its number, and the other way round.
    private struct Numbers {
        private(set) var lists: [[Int32]] = []
        private var known: [[Int32]: Int32] = [:]

        mutating func number(of list: [Int32]) -> Int32 {
            if let number = known[list] { return number }
            known[list] = Int32(lists.count)
            lists.append(list)
            return Int32(lists.count - 1)
        }
    }

    /// Subsets of nodes as states; nil if they are too many.
    static func determined(_ closures: inout GrammarClosures, _ alphabet: GrammarAlphabet) -> GrammarStates? {
        let networks = closures.networks
        var states = GrammarStates()
        var numbers = Numbers()
        states.start = numbers.number(of: closures.of(networks.starts[0]))
        var byClass = [[Int32]](repeating: [], count: alphabet.count)
        while states.count < numbers.lists.count {
            let found = numbers.lists.count
            guard found <= mostStates, found * alphabet.count <= mostCells, !closures.isExhausted else { return nil }
            let nodes = numbers.lists[states.count]
            var used: [Int32] = []
            var byNetwork: [Int32: [Int32]] = [:]
            for node in nodes {
                let target = networks.targets[Int(node)]
                let set = networks.sets[Int(node)]
                if set >= 0 {
                    closures.pay(alphabet.members[Int(set)].count)
                    for index in alphabet.members[Int(set)] {
                        if byClass[Int(index)].isEmpty { used.append(index) }
                        byClass[Int(index)].append(target)
                    }
                }
                let call = networks.calls[Int(node)]
                if call >= 0 { byNetwork[call, default: []].append(target) }
            }
            let row = states.table.count
            states.table += repeatElement(GrammarAutomaton.dead, count: alphabet.count)
            // Most classes lead where another does.
            var leads: [[Int32]: Int32] = [:]
            for index in used {
                let targets = byClass[Int(index)]
                byClass[Int(index)] = []
                let next = leads[targets] ?? numbers.number(of: closures.of(targets))
                leads[targets] = next
                states.table[row + Int(index)] = UInt32(next)
            }
            states.gotos.append(
                byNetwork.sorted { $0.key < $1.key }.map { network, targets in
                    GrammarAutomaton.Goto(network: network, target: numbers.number(of: closures.of(targets)))
                }
            )
            let called = closures.called(by: nodes)
            let beginnings = called.map { networks.starts[Int($0)] }
            states.calls.append(called.isEmpty ? [] : [numbers.number(of: closures.of(beginnings))])
            states.appendRest(nodes, closures) { _ in -1 }
        }
        return states
    }

    /// A state for each node that an edge leads to, and for the start of each network; nil if that is too much.
    static func plain(_ closures: inout GrammarClosures) -> GrammarStates? {
        let networks = closures.networks
        closures = GrammarClosures(networks)
        let entries = Set(networks.targets + networks.starts).filter { $0 >= 0 }.sorted()
        let number = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1, Int32($0)) })
        func numbered(_ node: Int32) -> Int32 { number[node] ?? 0 }
        var states = GrammarStates()
        states.start = numbered(networks.starts[0])
        for entry in entries {
            let nodes = closures.of(entry)
            states.gotos.append(
                nodes.filter { networks.calls[Int($0)] >= 0 }.map {
                    GrammarAutomaton.Goto(
                        network: networks.calls[Int($0)],
                        target: numbered(networks.targets[Int($0)])
                    )
                }.sorted { $0.network < $1.network }
            )
            let called = closures.called(by: nodes)
            closures.pay(called.count)
            states.calls.append(called.map { numbered(networks.starts[Int($0)]) })
            states.appendRest(nodes, closures) { numbered(networks.targets[Int($0)]) }
            guard !closures.isExhausted else { return nil }
        }
        return states
    }

    /// What a state takes and what it ends.
    private mutating func appendRest(
        _ nodes: [Int32],
        _ closures: GrammarClosures,
        target: (Int32) -> Int32
    ) {
        scans.append(
            nodes.filter { closures.networks.sets[Int($0)] >= 0 }.map {
                GrammarAutomaton.Scan(set: closures.networks.sets[Int($0)], target: target($0))
            }
        )
        completes.append(nodes.map { closures.end($0) }.filter { $0 >= 0 })
        count += 1
    }
}
