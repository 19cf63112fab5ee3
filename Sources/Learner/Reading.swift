/// An input as the model sees it: its words, and what stands beside what.
struct Reading {
    /// Stand for words that no (other) lesson has, for numbers of that kind, for any number, and for the text's ends.
    static let unknownWord: UInt64 = 29
    static let unknownNumber: UInt64 = 23
    static let anyNumber: UInt64 = 31
    static let start: UInt64 = 1
    static let end: UInt64 = 2

    var cores: [[UInt8]] = []
    /// By their bytes, and in lower case.
    var exact: [UInt64] = []
    var lower: [UInt64] = []
    /// Whether white space follows.
    var spaced: [Bool] = []
    /// The words as features see them: lower case, or what stands for unknown ones.
    var words: [UInt64] = []
    var isUnknown: [Bool] = []
    /// What is known of the text's words, pairs and triples.
    var grams: [UInt64] = []

    init(_ text: some Collection<UInt8>) {
        for core in cut(text) where !core.bytes.isEmpty {
            cores.append(core.bytes)
            exact.append(hash(core.bytes))
            lower.append(hash(core.bytes.lazy.map(lowered)))
            spaced.append(!core.tail.isEmpty)
        }
    }

    /// Settles which words are known: those of at least `least` lessons.
    mutating func settle(_ lessons: [UInt64: Int32], least: Int32) {
        isUnknown = lower.map { (lessons[$0] ?? 0) < least }
        words = lower.indices.map { index in
            if !isUnknown[index] { return lower[index] }
            return isDigit(cores[index][0]) ? Self.unknownNumber : Self.unknownWord
        }
    }

    func word(at index: Int) -> UInt64 {
        index < 0 ? Self.start : index >= words.count ? Self.end : words[index]
    }

    /// Words, pairs, triples, and pairs with a gap of one or two; each once. In all but the single words a number also
    /// counts as any number: "more than 3 tests" and "more than 5 tests" have much in common.
    func allGrams() -> [UInt64] {
        let exact = [Self.start] + words + [Self.end]
        let last = exact.count - 1
        let loose = exact.indices.map { index in
            index > 0 && index < last && isDigit(cores[index - 1][0]) ? Self.anyNumber : exact[index]
        }
        var grams: [UInt64] = []
        grams.reserveCapacity(6 * exact.count)
        for index in exact.indices {
            if index > 0, index < last { grams.append(mix(41, exact[index])) }
            if index > 0 {
                grams.append(mix(43, exact[index - 1], exact[index]))
                if loose[index] != exact[index] || loose[index - 1] != exact[index - 1] {
                    grams.append(mix(44, loose[index - 1], loose[index]))
                }
            }
            if index > 1 {
                grams.append(mix(mix(47, loose[index - 2]), loose[index - 1], loose[index]))
                grams.append(mix(53, loose[index - 2], loose[index]))
            }
            if index > 2 { grams.append(mix(61, loose[index - 3], loose[index])) }
        }
        return Array(Set(grams)).sorted()
    }

    /// Where a core of the output stands in the input: as it is, or in lower case. The place that goes on from what was
    /// copied last comes first, else one of which nothing was copied yet.
    func places(of core: UInt64, after draft: Draft) -> (places: [Int], isLowered: Bool) {
        var places = exact.indices.filter { exact[$0] == core }
        var isLowered = false
        if places.isEmpty {
            places = lower.indices.filter { lower[$0] == core }
            isLowered = !places.isEmpty
        }
        if places.count > 1 {
            let first =
                places.firstIndex { $0 > 0 && draft.copied.contains($0 - 1) }
                ?? places.firstIndex { !draft.covered.contains($0) }
            if let first { places.swapAt(0, first) }
        }
        return (places, isLowered)
    }

    /// What a core looks like: a number, a word with or without capitals or underscores, a sign.
    func shape(at index: Int) -> UInt64 {
        let core = cores[index]
        if isDigit(core[0]) { return 1 }
        if isUpper(core[0]) { return core.count > 1 && isUpper(core[1]) ? 4 : 2 }
        if isLetter(core[0]) { return core.contains(95) ? 5 : 3 }
        return 100 + UInt64(core[0])
    }

    /// Words that no lesson had and of which nothing was made.
    func lost(in draft: Draft) -> Int {
        isUnknown.indices.count { isUnknown[$0] && !draft.covered.contains($0) && isLetter(cores[$0][0]) }
    }
}

/// What has been written so far, as features see it.
struct Draft {
    /// The head of the chunk that is being written, and of the one before; 0: none.
    var head = 0
    var previous = 0
    /// The last two units of the chunk.
    var last: UInt64 = 1
    var beforeLast: UInt64 = 2
    /// The places of the input that the last core was copied from, and all that were.
    var copied: [Int] = []
    var covered: Set<Int> = []
    /// How often each head was written.
    var written: [Int: Int] = [:]

    mutating func take(_ unit: Unit, places: [Int]) {
        if let head = unit.head {
            self.head = head
            written[head, default: 0] += 1
            copied = []
            (beforeLast, last) = (3, head == Vocabulary.other ? 5 : unit.hash)
        } else {
            (beforeLast, last) = (last, unit.hash)
            copied = places
            covered.formUnion(places)
        }
        if unit.endsChunk {
            previous = head
            (last, beforeLast) = (1, 2)
        }
    }
}
