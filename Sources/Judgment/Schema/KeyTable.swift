/// Texts, found by their bytes, or by how they begin, without making an array of them: sorted.
///
/// Texts are compared as bytes. Swift's strings call two spellings of an accent equal; JSON does not.
struct KeyTable: Sendable {
    private let keys: [[UInt8]]
    private let values: [Int]

    var isEmpty: Bool { keys.isEmpty }

    /// - Parameter pairs: distinct keys.
    init(_ pairs: [(key: [UInt8], value: Int)] = []) {
        let sorted = pairs.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        keys = sorted.map(\.key)
        values = sorted.map(\.value)
    }

    /// A set of texts; each has its position as its value.
    init(_ texts: [[UInt8]]) {
        self.init(Set(texts).enumerated().map { (key: $0.element, value: $0.offset) })
    }

    subscript(_ key: TextBytes) -> Int? {
        let position = firstPosition(notBefore: key)
        guard position < keys.count, keys[position].count == key.count, Self.begins(keys[position], key) else {
            return nil
        }
        return values[position]
    }

    func contains(_ key: TextBytes) -> Bool { self[key] != nil }

    /// Does a key begin so, with a value that counts?
    func hasKey(beginningWith prefix: TextBytes, where counts: (Int) -> Bool = { _ in true }) -> Bool {
        var position = firstPosition(notBefore: prefix)
        while position < keys.count, Self.begins(keys[position], prefix) {
            if counts(values[position]) { return true }
            position += 1
        }
        return false
    }

    /// Keys that begin with a text stand together, the text itself first.
    private func firstPosition(notBefore key: TextBytes) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if Self.isBefore(keys[middle], key) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func isBefore(_ key: [UInt8], _ other: TextBytes) -> Bool {
        let shared = min(key.count, other.count)
        for position in 0..<shared where key[position] != other[position] { return key[position] < other[position] }
        return key.count < other.count
    }

    private static func begins(_ key: [UInt8], _ prefix: TextBytes) -> Bool {
        guard key.count >= prefix.count else { return false }
        for position in prefix.indices where key[position] != prefix[position] { return false }
        return true
    }
}
