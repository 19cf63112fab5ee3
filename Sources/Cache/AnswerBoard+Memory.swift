import Loop
public import Synchronization

extension AnswerBoard {
    /// What all entries, their prepared answers and the tables may take, in bytes; 0: nothing is stored.
    @inlinable public var memory: Int { memoryLimit.load(ordering: .relaxed) }

    /// Another limit from now on. Under a lower one what was not used for longest goes before this returns, from all
    /// shards alike, and tables that have become too large are made anew: work for a thread that has time, not for a
    /// loop that serves.
    ///
    /// - Parameter memory: `cache.memory` in bytes.
    public func limit(memory: Int) {
        precondition(memory >= 0, "The cache cannot have \(memory) bytes.")
        guard memoryLimit.exchange(memory, ordering: .relaxed) > memory else { return }
        // First the entries alone: what the tables take too much of is given back below, and need not be made up for.
        evict { $0.used.load(ordering: .relaxed) - $0.overhead > memory }
        for home in shards {
            home.state.withLock { shard in
                guard shard.entries.isSparse else { return }
                shard.entries.rebuild()
                account(&shard)
            }
        }
        quick.shrink()
        evict { $0.used.load(ordering: .relaxed) > memory }
    }

    /// Takes the oldest entry of each shard in turn, as long as there is too much and anything to take.
    private func evict(while isTooMuch: (AnswerBoard) -> Bool) {
        var evicted = true
        while evicted, isTooMuch(self) {
            evicted = false
            for home in shards where isTooMuch(self) {
                if evictOldest(of: home) { evicted = true }
            }
        }
    }

    /// Bytes of all tables.
    private var overhead: Int { shards.reduce(0) { sum, home in sum + home.state.withLock { $0.overhead } } }
}
