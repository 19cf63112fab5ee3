/// The names of the members of all open objects, to tell duplicates.
///
/// The usual object has few names: they are compared one by one, in one buffer. An object of many names gets a hash set
/// (seeded by the process, so that names chosen to collide do not make it slow): a hostile megabyte of names costs
/// linear time.
@usableFromInline
struct OpenNames: Sendable {
    private static let few = 16

    /// One open object: where its names begin, and the set that took over, if one did.
    private struct Frame: Sendable {
        var firstEnd: Int
        var start: Int
        var many: Set<[UInt8]>?
    }

    private var frames: [Frame] = []
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    @usableFromInline init() {}

    @usableFromInline
    mutating func open() {
        frames.append(Frame(firstEnd: ends.count, start: bytes.count))
    }

    @usableFromInline
    mutating func close() {
        let frame = frames.removeLast()
        ends.removeSubrange(frame.firstEnd...)
        bytes.removeSubrange(frame.start...)
    }

    /// Adds a name to the innermost object; false if the object has it already.
    @usableFromInline
    mutating func add(_ name: [UInt8]) -> Bool {
        let last = frames.count - 1
        if frames[last].many != nil { return frames[last].many!.insert(name).inserted }
        var start = frames[last].start
        for end in ends[frames[last].firstEnd...] {
            if end - start == name.count, bytes[start..<end].elementsEqual(name) { return false }
            start = end
        }
        bytes.append(contentsOf: name)
        ends.append(bytes.count)
        if ends.count - frames[last].firstEnd > Self.few { moveToSet(last) }
        return true
    }

    private mutating func moveToSet(_ index: Int) {
        var many: Set<[UInt8]> = []
        var start = frames[index].start
        for end in ends[frames[index].firstEnd...] {
            many.insert(Array(bytes[start..<end]))
            start = end
        }
        frames[index].many = many
    }
}
