/// A set of small positions (members of an object, items of an array). The first 64 cost no allocation, and copying a
/// set of those no reference count.
struct PositionSet: Sendable {
    private var low: UInt64 = 0
    private var high: [UInt64]?

    func contains(_ position: Int) -> Bool {
        if position < 64 { return low & 1 << UInt64(position) != 0 }
        guard let high else { return false }
        let word = position / 64 - 1
        return word < high.count && high[word] & 1 << UInt64(position % 64) != 0
    }

    mutating func insert(_ position: Int) {
        if position < 64 {
            low |= 1 << UInt64(position)
            return
        }
        let word = position / 64 - 1
        var words = high ?? []
        high = nil
        while words.count <= word { words.append(0) }
        words[word] |= 1 << UInt64(position % 64)
        high = words
    }

    mutating func insert(allBelow count: Int) {
        for position in 0..<count { insert(position) }
    }

    mutating func formUnion(_ other: PositionSet) {
        low |= other.low
        guard let others = other.high else { return }
        var words = high ?? []
        high = nil
        while words.count < others.count { words.append(0) }
        for (word, bits) in others.enumerated() { words[word] |= bits }
        high = words
    }
}
