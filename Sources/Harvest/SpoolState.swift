// What the spool's doors share: who waits, what is to be written, and how it went. A value; `Spool` keeps it behind
// its one lock and acts on what it decides.

import Judgment
import Loop

/// How `keep` ended. Whatever it is, the answer goes out: only `kept` is covered by the promise.
public enum Kept: Sendable, Equatable {
    /// It is in the spool: it will be in the store, once.
    case kept
    /// Not written within `harvest.deadline`. It may still be written afterwards, and is then kept all the same.
    case late
    /// No room: the disk is full, or the spool has reached its limit. It is lost.
    case full
    /// It is lost for another reason.
    case failed(SpoolTrouble.Reason)
}

/// Why the promise does not hold at the moment; for readiness, which says so.
public struct SpoolTrouble: Sendable, Equatable, CustomStringConvertible {
    /// The values of `understudy_harvest_errors_total{reason}` that the spool counts.
    public enum Reason: String, Sendable, CaseIterable {
        case late
        case diskFull = "disk_full"
        case spoolLimit = "spool_limit"
        /// The system refused to write for another reason.
        case write
        /// Too much waits to be written: the disk stands still.
        case backlog
        /// A candidate of more than 64 MiB.
        case tooLarge = "too_large"
        /// The route's `redact` rules reached a limit: the candidate is dropped, the spool is well.
        case redaction
        /// The store will never take the candidate: it is in a file beside the spool's segments.
        case refused
        /// The gateway is going down.
        case closed
    }

    public var reason: Reason
    /// What the system said, or what the limit is.
    public var detail: String
    public var since: WallTime

    public var description: String {
        "candidates are not being kept (\(reason.rawValue)) since \(since.rfc3339): \(detail)"
    }
}

/// What the spool has done since it started, and how it stands.
public struct SpoolCounters: Sendable, Equatable {
    /// Candidates written to the spool, the late ones included.
    public var written = 0
    /// Answers that did not wait for their candidate, or lost it, by reason.
    public var errors: [SpoolTrouble.Reason: Int] = [:]
    /// Groups written, each with one call.
    public var groups = 0
    /// Bytes in the segments on disk.
    public var bytes = 0
    /// Candidates that wait to be written.
    public var backlog = 0
    /// Segments on disk.
    public var segments = 0
    /// Segments with a torn tail, and with damage in the middle.
    public var tornTails = 0
    public var damaged = 0
    /// Whole records that are no candidates (written by a newer program), left in the directory.
    public var unreadable = 0
    /// Candidates that were delivered to the store, counting what it had already.
    public var moved = 0
}

struct SpoolState {
    struct Waiter {
        var deadline: MonotonicTime
        /// Called once, on the thread of the writer or of the clock.
        var taker: @Sendable (Kept) -> Void
    }

    /// A candidate to be written, and what is to be taken out of it before.
    struct Entry {
        var candidate: Candidate
        var redactor: Redactor?
    }

    var waiting: [Entry] = []
    var waitingBytes = 0
    var closed = false
    var clockArmed = false
    var trouble: SpoolTrouble?
    var storeTrouble: String?
    var counters = SpoolCounters()

    /// Waiters leave in the order in which they came: the writer writes in that order, and so do deadlines pass.
    /// Therefore two numbers say who is still there, and nobody is resumed twice: ticket `firstTicket` is the first
    /// element of `waiters`, tickets below have gone.
    private var waiters: [Waiter] = []
    private var head = 0
    private var firstTicket: UInt64 = 0
    /// The ticket of `waiting.first`.
    private var firstWaiting: UInt64 = 0

    var oldestDeadline: MonotonicTime? { head < waiters.count ? waiters[head].deadline : nil }

    mutating func join(_ entry: Entry, size: Int, waiter: Waiter) {
        waiting.append(entry)
        waitingBytes += size
        waiters.append(waiter)
    }

    /// Everything that waits to be written, and the ticket of its first.
    mutating func takeWaiting() -> (entries: [Entry], ticket: UInt64) {
        var taken: [Entry] = []
        swap(&taken, &waiting)
        waitingBytes = 0
        defer { firstWaiting += UInt64(taken.count) }
        return (taken, firstWaiting)
    }

    /// Lets tickets up to `end` (exclusive) go; those that are gone already are passed over.
    /// - Returns: the ticket of the first returned waiter, and the waiters in order.
    mutating func leave(upTo end: UInt64) -> (ticket: UInt64, waiters: ArraySlice<Waiter>) {
        let ticket = firstTicket
        guard end > firstTicket else { return (ticket, []) }
        let count = Int(end - firstTicket)
        let gone = waiters[head..<head + count]
        head += count
        firstTicket = end
        if head == waiters.count {
            waiters.removeAll(keepingCapacity: waiters.count < 1024)
            head = 0
        } else if head > 1024 {
            waiters.removeFirst(head)
            head = 0
        }
        return (ticket, gone)
    }

    /// Lets those go whose deadline has passed.
    mutating func leave(at now: MonotonicTime) -> ArraySlice<Waiter> {
        var end = head
        while end < waiters.count, waiters[end].deadline <= now { end += 1 }
        let late = leave(upTo: firstTicket + UInt64(end - head)).waiters
        if !late.isEmpty { counters.errors[.late, default: 0] += late.count }
        return late
    }

    mutating func note(_ reason: SpoolTrouble.Reason, _ detail: String, count: Int = 1) {
        counters.errors[reason, default: 0] += count
        say(reason, detail)
    }

    mutating func say(_ reason: SpoolTrouble.Reason, _ detail: String) {
        if trouble?.reason != reason { trouble = SpoolTrouble(reason: reason, detail: detail, since: .now()) }
    }
}
