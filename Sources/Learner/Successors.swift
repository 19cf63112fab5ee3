/// What stood where in the lessons' outputs, and how often.
struct Successors {
    /// Of a place: its cores, in the order of their numbers, and in how many lessons.
    private(set) var cores: [UInt64: [(core: Int, count: Int)]] = [:]
    /// Of a unit at a place: how often the chunk went on, and how often it ended.
    private var ends: [UInt64: (goes: Int, ends: Int)] = [:]
    /// Of a head: the white space behind its chunks.
    private var tails: [Int: [[UInt8]: Int]] = [:]
    /// Of a head: how often one output has it at most.
    private var most: [Int: Int] = [:]

    init(_ outputs: [[Unit]], _ vocabulary: Vocabulary) {
        var counts: [UInt64: [Int: Int]] = [:]
        for units in outputs {
            var draft = Draft()
            var heads: [Int: Int] = [:]
            for (index, unit) in units.enumerated() {
                if unit.head == nil, let core = vocabulary.coreIDs[unit.bytes] {
                    counts[vocabulary.place(of: draft), default: [:]][core, default: 0] += 1
                }
                var here = draft
                if let head = unit.head {
                    here.head = head
                    heads[head, default: 0] += 1
                }
                for key in Self.keys(here, unit) {
                    if unit.endsChunk {
                        ends[key, default: (0, 0)].ends += 1
                    } else {
                        ends[key, default: (0, 0)].goes += 1
                    }
                }
                if unit.endsChunk, index < units.count - 1 {
                    tails[here.head, default: [:]][unit.tail, default: 0] += 1
                }
                draft.take(unit, places: [])
            }
            most.merge(heads, uniquingKeysWith: max)
        }
        cores = counts.mapValues { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    /// Whether an output may have one more of that head: no lesson's output has more than so many.
    func mayHave(_ head: Int, in draft: Draft) -> Bool { (draft.written[head] ?? 0) < most[head] ?? 0 }

    func count(of core: Int, at place: UInt64) -> Int {
        cores[place]?.first { $0.core == core }?.count ?? 0
    }

    /// Of this unit, or where it is new, of any core behind its head.
    func endings(of unit: Unit, in draft: Draft) -> (goes: Int, ends: Int) {
        for key in Self.keys(draft, unit) { if let known = ends[key] { return known } }
        return (1, 1)
    }

    /// The white space that usually follows a chunk of that head.
    func tail(of head: Int) -> [UInt8] {
        let usual = tails[head]?.max { left, right in
            left.value != right.value ? left.value < right.value : left.key.lexicographicallyPrecedes(right.key)
        }
        return usual?.key ?? [32]
    }

    private static func keys(_ draft: Draft, _ unit: Unit) -> [UInt64] {
        [mix(7, UInt64(draft.head), unit.hash), mix(unit.head == nil ? 8 : 9, UInt64(draft.head))]
    }
}

extension Vocabulary {
    /// Where the next core goes: in which chunk, and behind what. Behind a head that is no unit of its own the chunk
    /// before says where that is.
    func place(of draft: Draft) -> UInt64 {
        let chunk = draft.head == Self.other ? mix(77, UInt64(draft.previous)) : UInt64(draft.head)
        return mix(13, chunk, draft.last)
    }

    /// The same without what went before, for all heads of a group.
    func region(of draft: Draft) -> UInt64 {
        let chunk =
            draft.head == Self.other ? mix(77, UInt64(group[draft.previous])) : UInt64(group[draft.head])
        return mix(19, chunk)
    }
}
