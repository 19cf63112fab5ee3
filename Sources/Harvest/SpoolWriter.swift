// The spool's thread: takes all candidates that wait, redacts and encodes them behind one another, writes them with one
// call, and resumes their flights. While it writes, the next group gathers; so the busier it gets, the larger the
// groups.

import JSON
import Judgment
import Loop

actor SpoolWriter: TimerOwner {
    struct Rules: Sendable {
        var segmentSize: Int
        var segmentAge: Duration
    }

    nonisolated let loop = Loop.start(name: "spool-writer")
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private var directory: SpoolDirectory?
    private let path: String
    private let rules: Rules
    private let state: SpoolShared
    private let closed: SegmentQueue
    private var number: UInt64
    private var current: OpenSegment?
    private var bytes: [UInt8] = []
    /// Closes a segment that has grown old. Made on the loop, released there by `close`.
    private var ageTimer: LoopTimer?
    /// Runs while there is trouble.
    private var probeTimer: LoopTimer?

    init(
        directory: consuming SpoolDirectory,
        next number: UInt64,
        rules: Rules,
        state: SpoolShared,
        closed: SegmentQueue
    ) {
        self.path = directory.path
        self.directory = consume directory
        self.rules = rules
        self.state = state
        self.closed = closed
        self.number = number
    }

    nonisolated func wake() {
        loop.post { self.assumeIsolated { $0.writeWaiting() } }
    }

    // MARK: Writing

    /// Groups are cut at this many bytes, so that a burst is acknowledged as it goes.
    private static let groupSize = 4 << 20

    private func writeWaiting() {
        let start = MonotonicTime.now()
        let (entries, ticket) = state.lock.withLock { $0.takeWaiting() }
        var group = Group(firstTicket: ticket)
        for entry in entries {
            add(entry, to: &group)
            if bytes.count >= Self.groupSize { write(&group) }
        }
        write(&group)
        if bytes.capacity > Self.groupSize { bytes = [] }
        if MonotonicTime.now() - start < state.deadline { settle() } else { watchTrouble() }
    }

    /// Candidates that are written together. `ends[i]` is where record i ends in `bytes`; nil: it was refused.
    private struct Group {
        var firstTicket: UInt64
        var ends: [Int?] = []
        var outcomes: [Kept] = []
    }

    private func add(_ entry: SpoolState.Entry, to group: inout Group) {
        let start = bytes.count
        var candidate = entry.candidate
        if let redactor = entry.redactor {
            do throws(RedactionFailure) {
                try candidate.redact(by: redactor)
            } catch {
                // Nothing is wrong with the spool: counted, and no reason to be unready.
                state.lock.withLock { $0.counters.errors[.redaction, default: 0] += 1 }
                group.ends.append(nil)
                group.outcomes.append(.failed(.redaction))
                return
            }
        }
        let payload = candidate.encode()
        if payload.count > SpoolRecord.maximumPayload {
            refuse(.tooLarge, "a candidate of \(payload.count) bytes", as: .failed(.tooLarge), in: &group)
            return
        }
        let size = SpoolRecord.headerSize + payload.count
        let used = state.lock.withLock { $0.counters.bytes }
        if used + start + size > state.limit {
            refuse(.spoolLimit, "the spool has reached its limit of \(state.limit) bytes", as: .full, in: &group)
            return
        }
        SpoolRecord.append(id: candidate.id, payload: payload, to: &bytes)
        group.ends.append(bytes.count)
        group.outcomes.append(.kept)
    }

    private func refuse(_ reason: SpoolTrouble.Reason, _ detail: String, as outcome: Kept, in group: inout Group) {
        group.ends.append(nil)
        group.outcomes.append(outcome)
        state.lock.withLock { $0.note(reason, detail) }
        watchTrouble()
    }

    /// Writes `bytes` and resumes the group's flights with what became of each.
    private func write(_ group: inout Group) {
        guard !group.ends.isEmpty else { return }
        if !bytes.isEmpty {
            let (kept, failure) = append(records: group.ends)
            if let failure { mark(failure, after: kept, in: &group) }
        }
        let written = group.outcomes.count { $0 == .kept }
        let end = group.firstTicket + UInt64(group.outcomes.count)
        let (ticket, waiters) = state.lock.withLock { state in
            state.counters.written += written
            if written > 0 { state.counters.groups += 1 }
            return state.leave(upTo: end)
        }
        let late = Int(ticket - group.firstTicket)
        for (outcome, waiter) in zip(group.outcomes.dropFirst(late), waiters) {
            waiter.taker(outcome)
        }
        bytes.removeAll(keepingCapacity: true)
        group = Group(firstTicket: end)
    }

    /// The group's bytes to the segment.
    /// - Returns: how many of the bytes count (whole records), and why not all do.
    private func append(records ends: [Int?]) -> (kept: Int, failure: FileError?) {
        let segment: OpenSegment
        do throws(FileError) {
            segment = try openSegment()
        } catch {
            return (0, error)
        }
        let (written, failure) = bytes.withUnsafeBytes { segment.file.write($0) }
        // Of a write that broke off, the records that are whole are as good as any.
        let kept =
            failure == nil ? written : ends.reduce(0) { whole, end in end.map { $0 <= written ? $0 : whole } ?? whole }
        segment.size += kept
        state.lock.withLock { $0.counters.bytes += kept }
        if failure != nil, (try? segment.file.truncate(to: segment.size)) == nil {
            // The rest of a record stays behind: what follows must go elsewhere, and the scan will skip it.
            closeSegment()
        }
        if segment.size >= rules.segmentSize { closeSegment() }
        return (kept, failure)
    }

    private func mark(_ failure: FileError, after kept: Int, in group: inout Group) {
        var lost = 0
        for index in group.ends.indices {
            guard let end = group.ends[index], end > kept else { continue }
            group.outcomes[index] = failure.isFull ? .full : .failed(.write)
            lost += 1
        }
        state.lock.withLock { $0.note(failure.isFull ? .diskFull : .write, "\(failure)", count: lost) }
        watchTrouble()
    }

    // MARK: Segments

    private final class OpenSegment {
        let file: HarvestFile
        let number: UInt64
        var size = 0

        init(file: consuming HarvestFile, number: UInt64) {
            self.file = file
            self.number = number
        }
    }

    private func openSegment() throws(FileError) -> OpenSegment {
        if let current { return current }
        let file = try HarvestFile.create(SpoolDirectory.path(of: number, in: path))
        let segment = OpenSegment(file: file, number: number)
        number += 1
        current = segment
        state.lock.withLock { $0.counters.segments += 1 }
        let timer = ageTimer ?? LoopTimer(on: loop, owner: self)
        ageTimer = timer
        timer.arm(after: rules.segmentAge)
        return segment
    }

    /// Hands the segment to the mover, which flushes it; the next write opens the next one.
    private func closeSegment() {
        guard let segment = current else { return }
        current = nil
        ageTimer?.cancel()
        closed.add(SpoolSegment(number: segment.number, path: segment.file.path, size: segment.size))
    }

    // MARK: Trouble

    private func watchTrouble() {
        let timer = probeTimer ?? LoopTimer(on: loop, owner: self)
        probeTimer = timer
        if !timer.isArmed { timer.arm(after: .seconds(1)) }
    }

    /// A group went through in time: whatever was wrong is over, unless it was this group that met it.
    private func settle() {
        guard probeTimer?.isArmed != true else { return }
        state.lock.withLock { $0.trouble = nil }
    }

    /// Readiness must not wait for the next fallback to hear that all is well (a gateway that is not ready gets none):
    /// tries to write some bytes, and takes them back.
    private func probe() {
        let healthy = state.lock.withLock { $0.counters.bytes + Self.probeSize <= state.limit } && probeDisk()
        if healthy {
            state.lock.withLock { $0.trouble = nil }
        } else {
            watchTrouble()
        }
    }

    private static let probeSize = 64 << 10

    private func probeDisk() -> Bool {
        do throws(FileError) {
            let segment = try openSegment()
            let zeros = [UInt8](repeating: 0, count: Self.probeSize)
            let (_, failure) = zeros.withUnsafeBytes { segment.file.write($0) }
            try segment.file.truncate(to: segment.size)
            return failure == nil
        } catch {
            return false
        }
    }

    nonisolated func timerFired(_ timer: LoopTimer) {
        enter(timer) { writer, timer in
            if timer === writer.ageTimer { writer.closeSegment() } else { writer.probe() }
        }
    }

    // MARK: The end

    nonisolated func close() {
        loop.post { self.assumeIsolated { $0.finish() } }
        loop.stop()
        loop.join()
    }

    private func finish() {
        writeWaiting()
        closeSegment()
        ageTimer = nil
        probeTimer = nil
        // Gives the lock back.
        directory = nil
    }
}
