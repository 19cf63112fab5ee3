public import Loop
public import Synchronization

extension AnswerBoard {
    /// Makes room, then stores, unless the flight was unlisted meanwhile.
    /// - Returns: whether the flight may remember; also true where the entry is too large for this cache.
    @inlinable func store(_ entry: Entry, of flight: Flight<Outcome>) -> Bool {
        let home = shard(of: flight.key)
        guard entry.charge <= memory else {
            // What it replaces goes all the same: it was passed over, or it is older.
            let (listed, replaced) = home.state.withLock { shard -> (Bool, EntryTable.Removed?) in
                guard flight.isListed else { return (false, nil) }
                if memory > 0 { shard.statistics.tooLarge += 1 }
                return (true, shard.entries.remove(flight.key))
            }
            if let replaced { discard(replaced) }
            return listed
        }
        used.add(entry.charge, ordering: .relaxed)
        makeRoom(startingWith: flight.key)
        var replaced: EntryTable.Removed?
        let stored = home.state.withLock { shard in
            guard flight.isListed else { return false }
            replaced = shard.entries.remove(flight.key)
            shard.entries.insert(entry)
            shard.statistics.stored += 1
            account(&shard)
            return true
        }
        if !stored { used.subtract(entry.charge, ordering: .relaxed) }
        if let replaced { discard(replaced) }
        makeRoom(startingWith: flight.key)
        return stored
    }

    /// Evicts until all fits, from `first` and then from the shards after it; never holds two locks.
    @inlinable func makeRoom(startingWith first: CacheKey) {
        guard used.load(ordering: .relaxed) > memory else { return }
        let start = place(of: first)
        for step in 0..<shards.count {
            while used.load(ordering: .relaxed) > memory {
                guard evictOldest(of: shards[(start + step) % shards.count]) else { break }
            }
        }
    }

    /// - Returns: false where the shard is empty.
    @inlinable func evictOldest(of home: LockedShard) -> Bool {
        let removed = home.state.withLock { shard in
            let removed = shard.entries.removeOldest()
            if removed != nil { shard.statistics.evicted += 1 }
            return removed
        }
        guard let removed else { return false }
        discard(removed)
        return true
    }

    /// Gives back the memory of what left a table; no lock is held, since releasing an answer takes a while.
    @inlinable func discard(_ removed: EntryTable.Removed) {
        used.subtract(removed.charge, ordering: .relaxed)
        for prepared in removed.prepared { quick.remove(prepared) }
    }

    /// Brings `used` up to date with the size of a shard's tables, which grow, and shrink only when they are made anew.
    @inlinable func account(_ shard: inout Shard) {
        let overhead = shard.entries.overhead
        guard overhead != shard.overhead else { return }
        used.add(overhead - shard.overhead, ordering: .relaxed)
        shard.overhead = overhead
    }
}
