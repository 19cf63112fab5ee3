/// A unit of an output: the head of a chunk, or a core behind it.
struct Unit {
    var bytes: [UInt8]
    var hash: UInt64
    /// Which head; nil: a core.
    var head: Int?
    /// The white space behind it.
    var tail: [UInt8] = []
    /// White space, or the end of the text, follows.
    var endsChunk = false
}

/// What outputs are made of, read off the lessons before anything is learnt.
///
/// An output is a row of chunks between white spaces. A chunk begins with its **head**: signs, one word or number,
/// signs (`-path:` of `-path:Tests/*`, `"kind":` of a JSON member, a whole word of plain text). Heads that come up
/// often are units of their own, the others are all head 1, `other`, and cut into cores. Heads with the same word are a
/// group: `tests>` and `tests:`. Groups have an order, the one in which they usually stand.
struct Vocabulary {
    static let other = 1
    static let mostHeads = 512
    static let longestHead = 8

    /// 0: none; 1: other.
    private(set) var heads: [[UInt8]] = [[], []]
    private var headIDs: [[UInt8]: Int] = [:]
    private(set) var headHashes: [UInt64] = [0, 7]
    /// Of each head: its group, and its signs without the word.
    private(set) var group: [Int] = [0, 1]
    private(set) var signs: [UInt64] = [0, 0]
    private(set) var members: [[Int]] = [[], [1]]
    /// Which groups may stand behind a group, in the usual order.
    private(set) var followers: [[Int]] = []

    private(set) var cores: [[UInt8]] = []
    private(set) var coreIDs: [[UInt8]: Int] = [:]
    private(set) var coreHashes: [UInt64] = []

    /// White space before every output, and behind it.
    private(set) var opening: [UInt8] = []
    private(set) var ending: [UInt8] = []

    init(_ outputs: [[UInt8]]) {
        opening = Self.usual(outputs.map { Array($0.prefix(while: isSpace)) })
        ending = Self.usual(outputs.map { Array($0.reversed().prefix(while: isSpace).reversed()) })
        var counts: [[UInt8]: Int] = [:]
        let texts = outputs.map(Self.bare)
        for text in texts { for head in Self.headTexts(text) { counts[head, default: 0] += 1 } }
        let often = counts.filter { $0.value >= 3 }.sorted { left, right in
            left.value != right.value ? left.value > right.value : left.key.lexicographicallyPrecedes(right.key)
        }
        var groups: [[UInt8]: Int] = [:]
        for (head, _) in often.prefix(Self.mostHeads - 2) {
            headIDs[head] = heads.count
            let word = head.filter { isLetter($0) || isDigit($0) }
            let kind: UInt8 = head.first.map { isLetter($0) || isDigit($0) } == true ? 1 : 2
            if groups[word] == nil {
                groups[word] = members.count
                members.append([])
            }
            group.append(groups[word]!)
            members[groups[word]!].append(heads.count)
            signs.append(Learner.hash(head.filter { !(isLetter($0) || isDigit($0)) } + [kind]))
            headHashes.append(Learner.hash(head))
            heads.append(head)
        }
        let units = texts.map { self.units($0) }
        for unit in units.joined() where unit.head == nil && coreIDs[unit.bytes] == nil {
            coreIDs[unit.bytes] = cores.count
            cores.append(unit.bytes)
            coreHashes.append(unit.hash)
        }
        order(units.map { units in units.compactMap(\.head).map { group[$0] } })
    }

    /// An output without the white space around it, as units.
    func units(_ text: [UInt8]) -> [Unit] {
        let cores = cut(text)
        var units: [Unit] = []
        var at = 0
        var isStart = true
        while at < cores.count {
            if isStart {
                let end = Self.headEnd(cores, at)
                let bytes = cores[at..<end].flatMap(\.bytes)
                if let head = headIDs[bytes] {
                    let tail = cores[end - 1].tail
                    let ends = !tail.isEmpty || end == cores.count
                    units.append(Unit(bytes: bytes, hash: headHashes[head], head: head, tail: tail, endsChunk: ends))
                    at = end
                    isStart = ends
                    continue
                }
                units.append(Unit(bytes: [], hash: headHashes[Self.other], head: Self.other))
            }
            let core = cores[at]
            at += 1
            isStart = !core.tail.isEmpty || at == cores.count
            units.append(
                Unit(bytes: core.bytes, hash: Learner.hash(core.bytes), tail: core.tail, endsChunk: isStart)
            )
        }
        return units
    }

    static func bare(_ text: [UInt8]) -> [UInt8] {
        let text = text.drop(while: isSpace)
        return Array(text[..<(text.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? text.startIndex)])
    }

    private static func headTexts(_ text: [UInt8]) -> [[UInt8]] {
        let cores = cut(text)
        return cores.indices.filter { $0 == 0 || !cores[$0 - 1].tail.isEmpty }.map { start in
            cores[start..<headEnd(cores, start)].flatMap(\.bytes)
        }
    }

    private static func headEnd(_ cores: [Core], _ start: Int) -> Int {
        var hasWord = false
        for index in start..<min(cores.count, start + longestHead) {
            let isWord = cores[index].bytes.first.map { isLetter($0) || isDigit($0) } ?? false
            if isWord, hasWord { return index }
            hasWord = hasWord || isWord
            if !cores[index].tail.isEmpty { return index + 1 }
        }
        return min(cores.count, start + longestHead)
    }

    private static func usual(_ texts: [[UInt8]]) -> [UInt8] {
        var counts: [[UInt8]: Int] = [:]
        for text in texts { counts[text, default: 0] += 1 }
        return counts.max { left, right in
            left.value != right.value ? left.value < right.value : left.key.lexicographicallyPrecedes(right.key)
        }?.key ?? []
    }

    /// Counts which group stood before which, ranks them by how many they come before, and lets a group follow another
    /// where it was seen to, or where it never stood before it and ranks behind.
    private mutating func order(_ outputs: [[Int]]) {
        let count = members.count
        var before = [Int32](repeating: 0, count: count * count)
        for groups in outputs {
            for (index, first) in groups.enumerated() {
                before[first] += 1
                for second in groups[(index + 1)...] { before[first * count + second] += 1 }
            }
        }
        var points = [Int](repeating: 0, count: count)
        for first in 1..<count {
            for second in 1..<count where first != second {
                let (ahead, behind) = (before[first * count + second], before[second * count + first])
                points[first] += ahead > behind ? 1 : ahead < behind ? -1 : 0
            }
        }
        let ranked = (1..<count).filter { before[$0] > 0 }.sorted { (points[$0], $1) > (points[$1], $0) }
        var rank = [Int](repeating: 0, count: count)
        for (place, group) in ranked.enumerated() { rank[group] = place }
        followers = (0..<count).map { first in
            ranked.filter { second in
                before[first * count + second] > 0
                    || first != 0 && first != second && before[second * count + first] == 0
                        && rank[second] > rank[first]
            }
        }
    }
}
