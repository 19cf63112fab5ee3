/// Characters that no set of a grammar tells apart are one: a class, a small number.
struct GrammarAlphabet: Sendable {
    /// Of the 128 scalars of ASCII.
    let ascii: [Int32]
    let count: Int
    /// Where a stretch of scalars of one class begins, ascending from 0; and that class.
    private let bounds: [UInt32]
    private let classes: [Int32]
    /// Per set, its classes.
    let members: [[Int32]]

    init(_ sets: [ScalarSet]) {
        var starts: Set<UInt32> = [0]
        for range in sets.lazy.flatMap(\.ranges) {
            starts.insert(range.lowerBound)
            starts.insert(range.upperBound + 1)
        }
        starts.remove(ScalarSet.last + 1)
        let bounds = starts.sorted()
        // All are one class; each set splits those of which it holds a part. A class is named anew when that happens:
        // the part in the set gets the next number.
        var classes = [Int](repeating: 0, count: bounds.count)
        var sizes = [bounds.count]
        for set in sets {
            let inside = set.ranges.flatMap { Self.stretches(in: $0, bounds) }
            var taken: [Int: Int] = [:]
            for stretch in inside { taken[classes[stretch], default: 0] += 1 }
            var renamed: [Int: Int] = [:]
            for (old, count) in taken.sorted(by: { $0.key < $1.key }) where count < sizes[old] {
                renamed[old] = sizes.count
                sizes.append(count)
                sizes[old] -= count
            }
            for stretch in inside { classes[stretch] = renamed[classes[stretch]] ?? classes[stretch] }
        }
        self.bounds = bounds
        self.classes = classes.map { Int32($0) }
        count = sizes.count
        members = sets.map { set in
            Set(set.ranges.flatMap { Self.stretches(in: $0, bounds).map { Int32(classes[$0]) } }).sorted()
        }
        ascii = (0..<128).map { Int32(classes[Self.stretch(of: $0, bounds)]) }
    }

    func classOf(_ scalar: UInt32) -> Int32 {
        scalar < 128 ? ascii[Int(scalar)] : classes[Self.stretch(of: scalar, bounds)]
    }

    private static func stretches(in range: ClosedRange<UInt32>, _ bounds: [UInt32]) -> Range<Int> {
        let last = stretch(of: range.upperBound, bounds)
        return stretch(of: range.lowerBound, bounds)..<(last + 1)
    }

    private static func stretch(of scalar: UInt32, _ bounds: [UInt32]) -> Int {
        var (low, high) = (0, bounds.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if bounds[middle] <= scalar { low = middle } else { high = middle }
        }
        return low
    }
}
