// What a stored answer really takes: `cache.memory` bounds bytes of the process, not bytes of text.
//
// glibc's malloc gives chunks of a multiple of 16 bytes, 8 of them its own, at least 32; requests from 128 KiB on are
// whole pages. A Swift array or native string has a header of 32 bytes and may have room to spare; a string of up to
// 15 bytes takes nothing. Slices of an answer's body share its buffer and are counted once, with the body.

struct Footprint {
    private(set) var bytes = 0

    /// The real size of an allocation for which `size` bytes are asked.
    static func allocation(_ size: Int) -> Int {
        guard size < 128 * 1024 else { return (size + 16 + 4095) & ~4095 }
        return max(32, (size + 8 + 15) & ~15)
    }

    static func array(capacity: Int, stride: Int) -> Int {
        capacity == 0 ? 0 : allocation(32 + capacity * stride)
    }

    mutating func add(allocation size: Int) { bytes += Self.allocation(size) }

    mutating func add<Element>(_ array: [Element]) {
        bytes += Self.array(capacity: array.capacity, stride: MemoryLayout<Element>.stride)
    }

    mutating func add(_ text: String) {
        let count = text.utf8.count
        if count > 15 { bytes += Self.allocation(32 + count + 1) }
    }

    mutating func add(_ entry: CachedAnswer) {
        add(allocation: entryInstance)
        add(entry.model)
        add(entry.verdict)
        if let name = entry.scoreName { add(name) }
        add(entry.bytes)
    }
}

/// Bytes of a ``CachedAnswer`` object: its header and its fields.
private let entryInstance = 16 + MemoryLayout<CacheKey>.stride + 144
