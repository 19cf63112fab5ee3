/// Rules as networks of nodes, in which a text walks from a start to an end.
///
///     root  ::= "x" pair?            0 ──'x'──▶ 1 ──call pair──▶ 2
///     pair  ::= "(" root ")"                    └───────skip───────▶ 3 = end
///
/// A node has at most one edge, which takes a character or calls another network, and any number of skips. Most rules
/// of most grammars need no network of their own, and so no stack when a text is read:
/// - a rule that names itself only first or last in its body is a loop (``GrammarPart/fromEnd``, `toStart`);
/// - a rule that does not lead back to itself is copied to where it is named, unless it is large.
struct GrammarNetworks {
    /// Over all networks: repetitions and copies are counted out in nodes.
    static let mostNodes = 1 << 16
    /// A rule with more nodes is called rather than copied, and so is one whose parts are nested more deeply.
    private static let mostCopied = 4096
    private static let deepestCopied = 200

    struct TooLarge: Error {
        let place: GrammarPlace
    }

    /// Of each node: the set of characters that its edge takes or the network that it calls (-1: none), where it leads.
    private(set) var sets: [Int32] = []
    private(set) var calls: [Int32] = []
    private(set) var targets: [Int32] = []
    private(set) var skips: [[Int32]] = []
    /// Of each network. The first is the text: it is `root` and nothing else.
    private(set) var starts: [Int32] = []
    private(set) var ends: [Int32] = []
    private(set) var mayBeEmpty: [Bool] = []

    private let bodies: [GrammarPart]
    private let isCopied: [Bool]
    private var networks: [Int: Int32] = [:]
    private var waiting: [(rule: Int, network: Int32)] = []
    private var work = 0

    init(_ rules: GrammarRules) throws(GrammarErrors) {
        var place = rules.rules[rules.root].place
        // Fewer copies where with more of them it is too large.
        for most in [Self.mostCopied, Self.mostCopied / 16, 0] {
            do throws(TooLarge) {
                self = try GrammarNetworks(rules, mostCopied: most)
                return
            } catch {
                place = error.place
            }
        }
        let message = "too much is repeated here: a grammar may come to \(Self.mostNodes) places"
        throw GrammarErrors([GrammarProblem(place: place, message: message)])
    }

    private init(_ rules: GrammarRules, mostCopied: Int) throws(TooLarge) {
        bodies = rules.rules.enumerated().map { $1.body.withLoops(of: $0, isFirst: true, isLast: true) }
        isCopied = Self.copied(bodies, mostNodes: mostCopied)
        let isNullable = GrammarReview.nullable(rules.rules.map(\.body))
        begin(nullable: isNullable[rules.root])
        let end = try build(.rule(rules.root), from: Int(starts[0]), start: 0, end: 0, rules.rules[rules.root].place)
        skips[end].append(ends[0])
        while let (rule, network) = waiting.popLast() {
            mayBeEmpty[Int(network)] = isNullable[rule]
            let (start, last) = (Int(starts[Int(network)]), Int(ends[Int(network)]))
            let end = try build(bodies[rule], from: start, start: start, end: last, rules.rules[rule].place)
            skips[end].append(Int32(last))
        }
    }

    /// Which rules are copied to where they are named: those whose own parts are settled, callees first. What leads
    /// back to itself never is.
    private static func copied(_ bodies: [GrammarPart], mostNodes: Int) -> [Bool] {
        var isCopied = bodies.map { _ in false }
        var sizes = bodies.map { _ in (nodes: 1, depth: 1) }
        var open = bodies.map { _ in 0 }
        var users: [[Int]] = bodies.map { _ in [] }
        for (rule, body) in bodies.enumerated() {
            body.forEachRule {
                open[rule] += 1
                users[$0].append(rule)
            }
        }
        var settled = bodies.indices.filter { open[$0] == 0 }
        while let rule = settled.popLast() {
            let size = bodies[rule].size(given: sizes)
            if size.nodes <= mostNodes, size.depth <= deepestCopied {
                isCopied[rule] = true
                sizes[rule] = size
            }
            for user in users[rule] {
                open[user] -= 1
                if open[user] == 0 { settled.append(user) }
            }
        }
        return isCopied
    }

    private mutating func begin(nullable: Bool) {
        starts.append(Int32(node()))
        ends.append(Int32(node()))
        mayBeEmpty.append(nullable)
    }

    private mutating func node() -> Int {
        sets.append(-1)
        calls.append(-1)
        targets.append(-1)
        skips.append([])
        return sets.count - 1
    }

    private mutating func skip(_ from: Int, _ to: Int) {
        skips[from].append(Int32(to))
    }

    /// A new node, to which one may skip from another.
    private mutating func branch(from: Int) -> Int {
        let new = node()
        skip(from, new)
        return new
    }

    /// Builds a part behind `from`, a node without an edge.
    /// - Parameters:
    ///   - start: of the rule that the part is in, of this copy of it; `end` likewise.
    ///   - place: of the network's rule, for errors.
    /// - Returns: the node behind the part, also without an edge.
    private mutating func build(
        _ part: GrammarPart,
        from: Int,
        start: Int,
        end: Int,
        _ place: GrammarPlace
    ) throws(TooLarge) -> Int {
        work += 1
        guard sets.count <= Self.mostNodes, work <= 16 * Self.mostNodes else { throw TooLarge(place: place) }
        switch part {
        case .character(let set):
            sets[from] = Int32(set)
            return edge(from)
        case .sequence(let parts):
            var last = from
            for part in parts { last = try build(part, from: last, start: start, end: end, place) }
            return last
        case .choice(let parts):
            let out = node()
            for part in parts {
                let own = branch(from: from)
                skip(try build(part, from: own, start: start, end: end, place), out)
            }
            return out
        case .repeated(let part, let least, let most):
            return try repeated(part, least, most, from: from, start: start, end: end, place)
        case .rule(let rule) where isCopied[rule]:
            let own = branch(from: from)
            let out = node()
            skip(try build(bodies[rule], from: own, start: own, end: out, place), out)
            return out
        case .rule(let rule):
            calls[from] = network(of: rule)
            return edge(from)
        case .fromEnd:
            return branch(from: end)
        case .toStart:
            skip(from, start)
            // Nobody comes here: what follows the rule follows its end.
            return node()
        }
    }

    private mutating func repeated(
        _ part: GrammarPart,
        _ least: Int,
        _ most: Int?,
        from: Int,
        start: Int,
        end: Int,
        _ place: GrammarPlace
    ) throws(TooLarge) -> Int {
        var last = from
        for _ in 0..<least { last = try build(part, from: last, start: start, end: end, place) }
        guard let most else {
            let loop = branch(from: last)
            skip(try build(part, from: loop, start: start, end: end, place), loop)
            return branch(from: loop)
        }
        let out = node()
        for _ in least..<most {
            skip(last, out)
            last = try build(part, from: branch(from: last), start: start, end: end, place)
        }
        skip(last, out)
        return out
    }

    private mutating func edge(_ from: Int) -> Int {
        let next = node()
        targets[from] = Int32(next)
        return next
    }

    private mutating func network(of rule: Int) -> Int32 {
        if let known = networks[rule] { return known }
        let network = Int32(starts.count)
        begin(nullable: false)
        networks[rule] = network
        waiting.append((rule, network))
        return network
    }
}

extension GrammarPart {
    /// The body of `rule`, in which the rule itself is a loop where it stands first or last.
    ///
    /// With all such alternatives, R = B | P R | R S | R G R, where B, P, S and G hold R, if at all, only inside: R is
    /// P* B (S | G P* B)*. A loop to the start after each P and G, and one from the end before each S and G, say that.
    fileprivate func withLoops(of rule: Int, isFirst: Bool, isLast: Bool) -> GrammarPart {
        switch self {
        case .rule(rule) where isFirst: .fromEnd
        case .rule(rule) where isLast: .toStart
        case .sequence(let parts):
            .sequence(
                parts.enumerated().map { index, part in
                    let last = isLast && index == parts.count - 1
                    return part.withLoops(of: rule, isFirst: isFirst && index == 0, isLast: last)
                }
            )
        case .choice(let parts): .choice(parts.map { $0.withLoops(of: rule, isFirst: isFirst, isLast: isLast) })
        case .repeated(let part, least: 0, most: 1?):
            .repeated(part.withLoops(of: rule, isFirst: isFirst, isLast: isLast), least: 0, most: 1)
        default: self
        }
    }

    /// About how many nodes it comes to, and how deeply it is nested.
    fileprivate func size(given sizes: [(nodes: Int, depth: Int)]) -> (nodes: Int, depth: Int) {
        switch self {
        case .character, .fromEnd, .toStart: return (1, 1)
        case .rule(let rule): return (sizes[rule].nodes + 2, sizes[rule].depth + 1)
        case .sequence(let parts), .choice(let parts):
            var size = (nodes: 1, depth: 1)
            for part in parts {
                let own = part.size(given: sizes)
                size = (min(size.nodes + own.nodes + 1, 1 << 30), max(size.depth, own.depth + 1))
            }
            return size
        case .repeated(let part, let least, let most):
            let own = part.size(given: sizes)
            return (min((own.nodes + 1) * max(least + 1, most ?? 0), 1 << 30), own.depth + 1)
        }
    }
}
