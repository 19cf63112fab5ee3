// The spool: a candidate is on its way to the disk before its answer leaves, and no loop waits for a disk.
//
//     worker's loop          spool-writer (thread)              spool mover (thread)        store (thread)
//     keep ──► waiting ────► takes all that waits, redacts,     a closed segment:
//       ⋮ suspended          encodes, one write()               fsync, read, check
//     resumed ◄───────────── resumes the flights                deliver ──────────────────► commit, FULL
//                            closes segments by size and age    delete the segment ◄──────────────
//
//     spool-clock (thread): resumes with `late` those whose deadline passes while a write() hangs.
//
// Invariants
// - Each `keep` ends once: by the writer or by the clock, whoever takes its waiter out of the state first (one lock).
// - `kept` means: write() has returned, so the bytes are the kernel's, and kill -9 cannot take them back. Power loss
//   can, until the segment is closed and flushed; that is a second at most.
// - A late candidate is still written, once: its bytes stand in the queue, only nobody waits for them any more.
// - What waits is bounded by `backlog` bytes, what is on disk by `limit`.
//
// Left out: retrying a candidate that did not fit. The contract lets the answer go and counts; keeping the candidate in
// memory in the hope of room would only move the loss to the next restart, unseen.

public import Judgment
import Loop
import Synchronization

/// Keeps candidates on disk until the store has them. One for the process; any thread.
///
/// Promises that a candidate for which `keep` returned `kept` reaches the store exactly once, also across kill -9.
public final class Spool: Sendable {
    /// Where segments are, as given.
    public let directory: String
    private let backlog: Int
    private let writer: SpoolWriter
    private let clock: SpoolClock
    let state: SpoolShared
    /// Closed segments for the mover.
    let closed: SegmentQueue

    /// Locks the directory (made if it is missing, mode 0700) and starts the spool's threads.
    /// - Parameters:
    ///   - limit: bytes on disk (`harvest.spool_limit`).
    ///   - deadline: how long an answer waits for its candidate (`harvest.deadline`).
    ///   - backlog: bytes that may wait in memory.
    ///   - segmentSize, segmentAge: a segment is closed when it has grown to, or its first record is of, this.
    /// - Throws: `.locked` if another process (or another spool of this one) writes there.
    public init(
        directory: String,
        limit: Int = 1 << 30,
        deadline: Duration = .milliseconds(100),
        backlog: Int = 64 << 20,
        segmentSize: Int = 8 << 20,
        segmentAge: Duration = .milliseconds(200)
    ) throws(SpoolError) {
        let place = try SpoolDirectory(directory)
        let left = try place.segments()
        let state = SpoolShared(limit: limit, deadline: deadline)
        let closed = SegmentQueue()
        state.lock.withLock { state in
            state.counters.segments = left.count
            state.counters.bytes = left.reduce(0) { $0 + $1.size }
        }
        for segment in left { closed.add(segment) }
        self.directory = directory
        self.backlog = backlog
        self.state = state
        self.closed = closed
        writer = SpoolWriter(
            directory: place,
            next: (left.last?.number ?? 0) + 1,
            rules: SpoolWriter.Rules(
                segmentSize: segmentSize,
                segmentAge: segmentAge
            ),
            state: state,
            closed: closed
        )
        clock = SpoolClock(state: state)
    }

    /// Writes the candidate, and tells when it is in the spool, or when `deadline` has passed. Not cancellable: it is
    /// short, and the answer it holds up is paid for.
    /// - Parameter redactor: what is taken out of it before it is written, on the spool's thread.
    /// - Parameter taker: called once: on a thread of the spool's, or inside this call where there is no room.
    public func keep(_ candidate: Candidate, redactor: Redactor?, _ taker: @escaping @Sendable (Kept) -> Void) {
        let size = candidate.approximateSize
        let waiter = SpoolState.Waiter(deadline: MonotonicTime.now().advanced(by: state.deadline), taker: taker)
        var refusal: Kept?
        var wakeWriter = false
        var wakeClock = false
        state.lock.withLock { state in
            if state.closed {
                state.note(.closed, "the gateway is going down")
                refusal = .failed(.closed)
            } else if state.waitingBytes + size > backlog {
                state.note(.backlog, "\(state.waitingBytes) bytes wait to be written")
                refusal = .failed(.backlog)
            } else {
                state.join(SpoolState.Entry(candidate: candidate, redactor: redactor), size: size, waiter: waiter)
                // The first that waits wakes the writer; it takes all that came until it looks.
                wakeWriter = state.waiting.count == 1
                wakeClock = !state.clockArmed
                state.clockArmed = true
            }
        }
        if let refusal { return taker(refusal) }
        if wakeWriter { writer.wake() }
        if wakeClock { clock.wake() }
    }

    /// Another limit and deadline from now on, for a reload.
    public func adopt(limit: Int, deadline: Duration) {
        state.adopt(limit: limit, deadline: deadline)
    }

    public var counters: SpoolCounters {
        state.lock.withLock { state in
            var counters = state.counters
            counters.backlog = state.waiting.count
            return counters
        }
    }

    /// Nil while the promise holds. Clears itself: while there is trouble the writer tries once a second.
    public var trouble: SpoolTrouble? { state.lock.withLock { $0.trouble } }

    /// Why candidates stay in the spool for now, in words; nil while they move on. No answer is harmed until the spool
    /// has reached its limit.
    public var storeTrouble: String? { state.lock.withLock { $0.storeTrouble } }

    /// Writes what waits, closes the segment, ends the threads and gives the directory back. What is in the spool stays
    /// for the next start. Blocks; idempotent; not from a task of the spool's own threads.
    public func close() {
        let first = state.lock.withLock { state in
            defer { state.closed = true }
            return !state.closed
        }
        guard first else { return }
        writer.close()
        clock.close()
        closed.close()
    }

    /// Deletes a segment whose records the store has.
    func remove(_ segment: SpoolSegment) throws(FileError) {
        try HarvestFile.remove(segment.path)
        forget(segment)
    }

    /// A segment that no longer counts: deleted, or put aside under another name.
    func forget(_ segment: SpoolSegment) {
        state.lock.withLock { state in
            state.counters.segments -= 1
            state.counters.bytes -= segment.size
        }
    }

    /// Test seam: runs `work` on the writer's thread, to make it as slow as a disk can be.
    func onWriterThread(_ work: sending @escaping () -> Void) {
        writer.loop.post(work)
    }
}

/// The state with its lock, shared by the doors, the writer and the clock.
final class SpoolShared: Sendable {
    private let limitBytes: Atomic<Int>
    private let deadlineNanoseconds: Atomic<Int64>
    /// Held for a few steps at a time, never across a write or a resume.
    let lock = Lock(SpoolState())

    init(limit: Int, deadline: Duration) {
        limitBytes = Atomic(limit)
        deadlineNanoseconds = Atomic(deadline.nanoseconds)
    }

    /// Bytes on disk.
    var limit: Int { limitBytes.load(ordering: .relaxed) }
    /// How long an answer waits for its candidate.
    var deadline: Duration { .nanoseconds(deadlineNanoseconds.load(ordering: .relaxed)) }

    func adopt(limit: Int, deadline: Duration) {
        limitBytes.store(limit, ordering: .relaxed)
        deadlineNanoseconds.store(deadline.nanoseconds, ordering: .relaxed)
    }
}
