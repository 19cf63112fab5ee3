/// Member names, found by their bytes without making an array of them: sorted by length, then by bytes.
///
/// Names are compared as bytes. Swift's strings call two spellings of an accent equal; JSON does not.
struct KeyTable: Sendable {
    private let keys: [[UInt8]]
    private let values: [Int]

    var isEmpty: Bool { keys.isEmpty }

    /// - Parameter pairs: distinct keys.
    init(_ pairs: [(key: [UInt8], value: Int)] = []) {
        let sorted = pairs.sorted { Self.isBefore($0.key, $1.key) }
        keys = sorted.map(\.key)
        values = sorted.map(\.value)
    }

    subscript(_ key: TextBytes) -> Int? {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            let order = Self.compare(keys[middle], key)
            if order == 0 { return values[middle] }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    private static func compare(_ key: [UInt8], _ other: TextBytes) -> Int {
        if key.count != other.count { return key.count - other.count }
        for position in key.indices where key[position] != other[position] {
            return key[position] < other[position] ? -1 : 1
        }
        return 0
    }

    private static func isBefore(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
    }
}
