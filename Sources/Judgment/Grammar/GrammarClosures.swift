/// Where a walk through the networks may stand without taking a character, from a node on.
struct GrammarClosures {
    let networks: GrammarNetworks
    /// Node numbers over all closures, and further work: beyond it a grammar is too large.
    static let mostWork = 1 << 23
    private(set) var work = 0

    private var known: [[Int32]?]
    private var stamps: [UInt32]
    private var stamp: UInt32 = 0
    /// Of each node: the network that it ends, or -1.
    private let endOf: [Int32]

    init(_ networks: GrammarNetworks) {
        self.networks = networks
        let nodes = networks.sets.count
        known = [[Int32]?](repeating: nil, count: nodes)
        stamps = [UInt32](repeating: 0, count: nodes)
        var endOf = [Int32](repeating: -1, count: nodes)
        for (network, end) in networks.ends.enumerated() { endOf[Int(end)] = Int32(network) }
        self.endOf = endOf
    }

    var isExhausted: Bool { work > Self.mostWork }

    mutating func pay(_ cost: Int) { work += cost }

    func end(_ node: Int32) -> Int32 { endOf[Int(node)] }

    /// The nodes with an edge, and the ends of networks, that can be reached by skips and over calls of networks that
    /// may be empty. Ascending.
    mutating func of(_ node: Int32) -> [Int32] {
        if let list = known[Int(node)] { return list }
        stamp += 1
        var list: [Int32] = []
        var open = [node]
        while let next = open.popLast() {
            let index = Int(next)
            guard stamps[index] != stamp else { continue }
            stamps[index] = stamp
            work += 1
            if networks.sets[index] >= 0 || networks.calls[index] >= 0 || endOf[index] >= 0 { list.append(next) }
            open += networks.skips[index]
            let call = networks.calls[index]
            if call >= 0, networks.mayBeEmpty[Int(call)] { open.append(networks.targets[index]) }
        }
        list.sort()
        work += list.count
        known[Int(node)] = list
        return list
    }

    /// The closures of several nodes as one.
    mutating func of(_ nodes: [Int32]) -> [Int32] {
        if nodes.count == 1 { return of(nodes[0]) }
        let lists = nodes.map { of($0) }
        stamp += 1
        var union: [Int32] = []
        for list in lists {
            work += list.count
            for node in list where stamps[Int(node)] != stamp {
                stamps[Int(node)] = stamp
                union.append(node)
            }
        }
        return union.sorted()
    }

    /// The networks that nodes call, and those that their beginnings call, and so on. Ascending.
    mutating func called(by nodes: [Int32]) -> [Int32] {
        var found: Set<Int32> = []
        var open = [nodes]
        while let list = open.popLast() {
            work += list.count
            for node in list {
                let call = networks.calls[Int(node)]
                guard call >= 0, found.insert(call).inserted else { continue }
                open.append(of(networks.starts[Int(call)]))
            }
        }
        return found.sorted()
    }
}
