// Hits found by the raw body, before any JSON is read (CONTRACTS section 8): a keyed hash over salt and body finds a
// candidate, then body and salt are compared whole, so the hash decides about speed only, never about the answer.
//
// A prepared answer belongs to an entry, is charged to `memory` with it and leaves with it. The salt stands for all
// that the body does not say and that could lead to another answer: the settings, the client key, the path. When
// settings change, the salt does, and what was prepared before is not found any more; it goes with its entry, or is
// pushed out by what is prepared after.

import Glibc
public import Loop
import Synchronization

/// What decides about an answer beside the request's body. Equal salts and equal bodies mean the same answer.
public struct QuickSalt: Sendable, Hashable {
    /// A number of the settings in force; another after each reload.
    public let settings: UInt64
    /// A number for the client key together with the path (that is, the dialect).
    public let caller: UInt64

    public init(settings: UInt64, caller: UInt64) {
        self.settings = settings
        self.caller = caller
    }
}

/// An answer as it goes out, kept for the next request with the very same body.
public final class PreparedAnswer: Sendable {
    public var answer: CachedAnswer { entry.answer }
    /// What whoever prepared it wants back with it, for metrics and records.
    public let facts: any AnyObject & Sendable
    /// Finished `name: value\r\n` lines: those that are the same for every hit.
    public let fields: [UInt8]
    public let body: [UInt8]

    @usableFromInline let entry: Entry
    let hash: UInt64
    @usableFromInline let charge: Int
    private let salt: QuickSalt
    private let rawBody: [UInt8]

    @usableFromInline init(
        entry: Entry,
        facts: any AnyObject & Sendable,
        fields: [UInt8],
        body: [UInt8],
        factsSize: Int,
        rawBody: ArraySlice<UInt8>,
        salt: QuickSalt,
        hash: UInt64
    ) {
        self.entry = entry
        self.facts = facts
        self.fields = fields
        self.body = body
        self.rawBody = [UInt8](rawBody)
        self.salt = salt
        self.hash = hash
        var footprint = Footprint()
        footprint.add(allocation: 128)
        footprint.add(allocation: factsSize)
        footprint.add(fields)
        footprint.add(body)
        footprint.add(self.rawBody)
        // Its bucket in the index, which may be filled by three eighths only, and its place in the entry's list.
        charge = footprint.bytes + 48 + 32
    }

    func answers(_ body: UnsafeRawBufferPointer, salt: QuickSalt) -> Bool {
        guard salt == self.salt, body.count == rawBody.count else { return false }
        return rawBody.withUnsafeBytes {
            body.count == 0 || memcmp($0.baseAddress!, body.baseAddress!, body.count) == 0
        }
    }
}

/// The index itself, sharded by the hash. Its locks are taken after all others, or alone.
@usableFromInline
final class QuickIndex: Sendable {
    private struct Shard {
        var prepared: [UInt64: PreparedAnswer] = [:]
        var hits = 0
    }

    private final class LockedShard: Sendable {
        let state = Lock(Shard())
    }

    private let shards = (0..<16).map { _ in LockedShard() }
    private let seed = UInt64.random(in: .min ... .max)

    @usableFromInline init() {}

    @usableFromInline func hash(_ body: UnsafeRawBufferPointer, salt: QuickSalt) -> UInt64 {
        FastHash.hash(body, seed: seed ^ salt.settings &* 0x9E37_79B9_7F4A_7C15 ^ salt.caller)
    }

    @usableFromInline func find(_ body: UnsafeRawBufferPointer, salt: QuickSalt, now: MonotonicTime) -> PreparedAnswer?
    {
        let hash = hash(body, salt: salt)
        let shard = shard(of: hash)
        let found = shard.state.withLock { $0.prepared[hash] }
        guard let found, found.answers(body, salt: salt), found.entry.expires > now,
            found.entry.live.load(ordering: .acquiring)
        else { return nil }
        found.entry.touched.store(true, ordering: .relaxed)
        shard.state.withLock { $0.hits += 1 }
        return found
    }

    @usableFromInline func insert(_ prepared: PreparedAnswer) {
        shard(of: prepared.hash).state.withLock { $0.prepared[prepared.hash] = prepared }
        // The entry may have left since the prepared answer was attached to it, and its removal from here may have
        // come before the line above; then nobody else would take it out.
        if !prepared.entry.live.load(ordering: .acquiring) { remove(prepared) }
    }

    @usableFromInline func remove(_ prepared: PreparedAnswer) {
        shard(of: prepared.hash).state.withLock { shard in
            if shard.prepared[prepared.hash] === prepared { shard.prepared[prepared.hash] = nil }
        }
    }

    /// Gives back room that was made for more than is here now.
    func shrink() {
        for shard in shards {
            shard.state.withLock { shard in
                guard shard.prepared.capacity > 4 * shard.prepared.count else { return }
                shard.prepared = Dictionary(uniqueKeysWithValues: shard.prepared.map { ($0.key, $0.value) })
            }
        }
    }

    @usableFromInline var hits: Int { shards.reduce(0) { sum, shard in sum + shard.state.withLock { $0.hits } } }
    var count: Int { shards.reduce(0) { sum, shard in sum + shard.state.withLock { $0.prepared.count } } }

    private func shard(of hash: UInt64) -> LockedShard { shards[Int(truncatingIfNeeded: hash >> 60)] }
}
