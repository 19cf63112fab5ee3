/// A set of items in the order in which they came. Few are looked through; more are found by their hash.
struct GrammarItems {
    struct Item: Equatable {
        /// A state, or, of what has ended, a network.
        var state: Int32
        var frame: Int32
    }

    private static let few = 16

    private(set) var list: [Item] = []
    /// Positions in the list, plus one; 0: free. In use beyond `few`, and at most half full.
    private var slots: [Int32] = []

    var count: Int { list.count }
    var isEmpty: Bool { list.isEmpty }

    /// - Returns: whether it was not yet there.
    @discardableResult
    mutating func insert(_ item: Item) -> Bool {
        if list.count < Self.few {
            if list.contains(item) { return false }
            list.append(item)
            return true
        }
        // With `few` in the list, what the slots say is of an earlier set.
        if list.count == Self.few || 2 * list.count >= slots.count { fillSlots() }
        let slot = slot(of: item)
        if slots[slot] != 0 { return false }
        list.append(item)
        slots[slot] = Int32(list.count)
        return true
    }

    mutating func removeAll() {
        list.removeAll(keepingCapacity: true)
    }

    mutating func removeAll(where isRemoved: (Item) -> Bool) {
        list.removeAll(where: isRemoved)
        if list.count > Self.few { fillSlots() }
    }

    /// Where an item is, or the free slot where it belongs.
    private func slot(of item: Item) -> Int {
        let mask = slots.count - 1
        let key = UInt64(UInt32(bitPattern: item.state)) << 32 | UInt64(UInt32(bitPattern: item.frame))
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 33) & mask
        while slots[slot] != 0, list[Int(slots[slot]) - 1] != item { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func fillSlots() {
        var size = 4 * Self.few
        while size < 4 * list.count { size *= 2 }
        slots.removeAll(keepingCapacity: true)
        slots.append(contentsOf: repeatElement(0, count: size))
        for position in list.indices { slots[slot(of: list[position])] = Int32(position + 1) }
    }
}
