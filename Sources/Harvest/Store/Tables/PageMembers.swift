/// Some of the candidates of one page, by their places in it: a bit each.
struct PageMembers: Equatable {
    /// Candidates of a page.
    static let capacity = 8192
    private static let words = capacity / 64

    private var bits = [UInt64](repeating: 0, count: words)

    init() {}

    init(_ places: [Int]) {
        for place in places { insert(place) }
    }

    var isEmpty: Bool { bits.allSatisfy { $0 == 0 } }

    var count: Int { bits.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// In ascending order.
    var places: [Int] {
        var places: [Int] = []
        for (index, word) in bits.enumerated() {
            var rest = word
            while rest != 0 {
                places.append(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return places
    }

    mutating func insert(_ place: Int) { bits[place >> 6] |= 1 << UInt64(place & 63) }
    mutating func remove(_ place: Int) { bits[place >> 6] &= ~(1 << UInt64(place & 63)) }

    mutating func formIntersection(_ other: PageMembers) {
        for word in 0..<Self.words { bits[word] &= other.bits[word] }
    }

    func countShared(with other: PageMembers) -> Int {
        var count = 0
        for word in 0..<Self.words { count += (bits[word] & other.bits[word]).nonzeroBitCount }
        return count
    }

    // MARK: As they are stored

    /// Few: the places in ascending order, two bytes each, little-endian. Many: the bits, which is always 1024 bytes.
    private static let bitmapSize = capacity / 8

    /// - Parameter places: in ascending order, each once.
    static func encode(_ places: [UInt16]) -> [UInt8] {
        var bytes: [UInt8] = []
        if places.count * 2 < bitmapSize {
            bytes.reserveCapacity(places.count * 2)
            for place in places {
                bytes.append(UInt8(truncatingIfNeeded: place))
                bytes.append(UInt8(truncatingIfNeeded: place >> 8))
            }
        } else {
            bytes = [UInt8](repeating: 0, count: bitmapSize)
            for place in places { bytes[Int(place >> 3)] |= 1 << UInt8(place & 7) }
        }
        return bytes
    }

    var encoded: [UInt8] { Self.encode(places.map { UInt16($0) }) }

    /// - Throws: `.broken` for bytes that are no members of a page.
    mutating func formUnion(encoded bytes: [UInt8]) throws(StoreError) {
        if bytes.count == Self.bitmapSize {
            for word in 0..<Self.words {
                var value: UInt64 = 0
                for byte in 0..<8 { value |= UInt64(bytes[word * 8 + byte]) << UInt64(byte * 8) }
                bits[word] |= value
            }
            return
        }
        guard bytes.count < Self.bitmapSize, bytes.count % 2 == 0 else { throw Self.damaged }
        for index in stride(from: 0, to: bytes.count, by: 2) {
            let place = Int(bytes[index]) | Int(bytes[index + 1]) << 8
            guard place < Self.capacity else { throw Self.damaged }
            insert(place)
        }
    }

    static let damaged = StoreError.broken("the store's index of words is damaged")
}
