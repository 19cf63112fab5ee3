// The entries of one shard, from the newest used to the oldest: a dictionary from key to slot, and slots linked by
// index, so that using an entry moves no memory and counts no references. Not thread-safe: its shard's lock is held.

public import Loop
import Synchronization

/// A stored answer with what the tables know of it. Shared with the index by raw body, hence the two atomics.
@usableFromInline
final class Entry: Sendable {
    @usableFromInline let answer: CachedAnswer
    @usableFromInline let expires: MonotonicTime
    /// Bytes that it takes, its prepared answers not counted.
    @usableFromInline let charge: Int
    /// Cleared under the lock of the entry's shard when it leaves the table; whoever finds it elsewhere looks here.
    let live = Atomic<Bool>(true)
    /// Set by a hit that came by the raw body, which does not take the lock of the entry's shard: the entry has then
    /// earned a second round before it is evicted.
    let touched = Atomic<Bool>(false)

    @usableFromInline init(_ answer: CachedAnswer, expires: MonotonicTime) {
        self.answer = answer
        self.expires = expires
        var footprint = Footprint()
        footprint.add(answer)
        footprint.add(allocation: 64)
        charge = footprint.bytes
    }
}

@usableFromInline
struct EntryTable: Sendable {
    /// What left the table. The caller releases it after the lock, and takes its prepared answers out of their index.
    @usableFromInline
    struct Removed: Sendable {
        @usableFromInline let entry: Entry
        @usableFromInline let prepared: [PreparedAnswer]

        @usableFromInline var charge: Int { entry.charge + prepared.reduce(0) { $0 + $1.charge } }
    }

    private struct Slot {
        var entry: Entry?
        var prepared: [PreparedAnswer] = []
        var newer: Int32 = none
        var older: Int32 = none
    }

    private static let none: Int32 = -1

    @usableFromInline init() {}

    private var index: [CacheKey: Int32] = [:]
    private var slots: [Slot] = []
    private var newest = none
    private var oldest = none
    /// Free slots, linked by `older`.
    private var free = none

    @usableFromInline var count: Int { index.count }

    /// Bytes of the dictionary and the slots themselves, filled or not. The dictionary's buckets are a power of two,
    /// at most three quarters of them used, each with a key, a value and a bit.
    @usableFromInline var overhead: Int {
        var buckets = 0
        if index.capacity > 0 {
            buckets = 1
            while buckets * 3 / 4 < index.capacity { buckets *= 2 }
        }
        let dictionary = buckets == 0 ? 0 : Footprint.allocation(80 + buckets * 36 + buckets / 8)
        return dictionary + Footprint.array(capacity: slots.capacity, stride: MemoryLayout<Slot>.stride)
    }

    /// Whether most of the tables' room is for entries that have left.
    var isSparse: Bool { slots.count > 2 * count }

    /// Makes the tables anew, with room for what they hold: a dictionary and an array keep theirs when entries leave.
    mutating func rebuild() {
        var fresh = EntryTable()
        var slot = oldest
        while slot != Self.none {
            let held = slots[Int(slot)]
            fresh.insert(held.entry!)
            fresh.slots[Int(fresh.newest)].prepared = held.prepared
            slot = held.newer
        }
        self = fresh
    }

    /// The entry, which is now the newest used.
    @usableFromInline mutating func use(_ key: CacheKey) -> Entry? {
        guard let slot = index[key] else { return nil }
        makeNewest(slot)
        return slots[Int(slot)].entry
    }

    /// - Precondition: no entry has this key: the caller has removed it.
    @usableFromInline mutating func insert(_ entry: Entry) {
        let slot: Int32
        if free == Self.none {
            slot = Int32(slots.count)
            slots.append(Slot(entry: entry))
        } else {
            slot = free
            free = slots[Int(slot)].older
            slots[Int(slot)] = Slot(entry: entry)
        }
        index[entry.answer.key] = slot
        link(slot)
    }

    @usableFromInline mutating func remove(_ key: CacheKey) -> Removed? {
        guard let slot = index.removeValue(forKey: key) else { return nil }
        return release(slot)
    }

    /// Removes the entry that was not used for longest. One that was hit by its raw body gets a second round.
    @usableFromInline mutating func removeOldest() -> Removed? {
        while oldest != Self.none {
            let slot = oldest
            let entry = slots[Int(slot)].entry!
            if entry.touched.exchange(false, ordering: .relaxed) {
                makeNewest(slot)
            } else {
                index[entry.answer.key] = nil
                return release(slot)
            }
        }
        return nil
    }

    /// Attaches a prepared answer to its entry.
    /// - Returns: the prepared answer that it pushes out, if the entry has too many; nil and false if the entry has
    ///   gone or was replaced.
    @usableFromInline mutating func attach(_ prepared: PreparedAnswer, atMost limit: Int) -> (
        attached: Bool, pushedOut: PreparedAnswer?
    ) {
        guard let slot = index[prepared.entry.answer.key], slots[Int(slot)].entry === prepared.entry else {
            return (false, nil)
        }
        var pushedOut: PreparedAnswer?
        if slots[Int(slot)].prepared.count >= limit { pushedOut = slots[Int(slot)].prepared.removeFirst() }
        slots[Int(slot)].prepared.append(prepared)
        return (true, pushedOut)
    }

    private mutating func release(_ slot: Int32) -> Removed {
        unlink(slot)
        let entry = slots[Int(slot)].entry!
        entry.live.store(false, ordering: .releasing)
        let removed = Removed(entry: entry, prepared: slots[Int(slot)].prepared)
        slots[Int(slot)] = Slot(entry: nil, older: free)
        free = slot
        return removed
    }

    private mutating func makeNewest(_ slot: Int32) {
        guard slot != newest else { return }
        unlink(slot)
        link(slot)
    }

    private mutating func link(_ slot: Int32) {
        slots[Int(slot)].newer = Self.none
        slots[Int(slot)].older = newest
        if newest != Self.none { slots[Int(newest)].newer = slot }
        newest = slot
        if oldest == Self.none { oldest = slot }
    }

    private mutating func unlink(_ slot: Int32) {
        let newer = slots[Int(slot)].newer
        let older = slots[Int(slot)].older
        if newer == Self.none { newest = older } else { slots[Int(newer)].older = older }
        if older == Self.none { oldest = newer } else { slots[Int(older)].newer = newer }
    }
}
