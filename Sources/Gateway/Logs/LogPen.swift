// The thread that writes log lines.
//
// Whoever appends the first line after a pause wakes it with one `post`; it gathers for 20 ms and then writes what all
// buffers hold, so there are at most 50 wake-ups a second, whatever the load. Where the destination does not take the
// lines (a full disk, a pipe that nobody reads), the buffers fill, and what does not fit is dropped and counted; a line
// says so once lines go out again. No loop of a worker ever writes a log.

import Loop
import Synchronization

/// See the head of this file. An actor on a loop of its own, which may block.
actor LogPen {
    private static let gathering = Duration.milliseconds(20)

    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private nonisolated let buffers = Mutex<[LogBuffer]>([])
    /// Whether a wake-up is under way that will see what is appended now.
    private nonisolated let isAwake = Atomic(false)
    /// When waiting for the destination ends, in nanoseconds; 0: not yet.
    private nonisolated let end = Atomic<UInt64>(0)

    private var destination: LogDestination
    private var timer: LoopTimer?
    private var alarm: Alarm?
    private var spare: [UInt8] = []
    private var droppedBefore = 0

    private final class Alarm: TimerOwner {
        unowned let pen: LogPen
        init(_ pen: LogPen) { self.pen = pen }
        func timerFired(_ timer: LoopTimer) { pen.assumeIsolated { $0.writeOut() } }
    }

    init(_ destination: LogDestination) {
        loop = Loop.start(name: "log")
        self.destination = destination
    }

    nonisolated func buffer(capacity: Int) -> LogBuffer {
        let buffer = LogBuffer(capacity: capacity)
        buffers.withLock { $0.append(buffer) }
        return buffer
    }

    /// Call after appending to a buffer. Any thread; nearly always one atomic read.
    nonisolated func wake() {
        guard !isAwake.load(ordering: .relaxed), !isAwake.exchange(true, ordering: .acquiringAndReleasing) else {
            return
        }
        loop.post { [self] in assumeIsolated { $0.gather() } }
    }

    /// Lines that were lost, all buffers together.
    nonisolated var dropped: Int { buffers.withLock { $0 }.reduce(0) { $0 + $1.dropped } }

    /// Opens the file again, after it was moved away.
    nonisolated func reopen() {
        loop.post { [self] in assumeIsolated { $0.destination.reopen() } }
    }

    /// Writes what is there, waiting at most `patience`, and ends the thread. Once.
    nonisolated func close(within patience: Duration) {
        end.store(MonotonicTime.now().advanced(by: patience).nanoseconds, ordering: .releasing)
        loop.post { [self] in assumeIsolated { $0.finish() } }
        loop.stop()
        loop.join()
    }

    private func gather() {
        let alarm = self.alarm ?? Alarm(self)
        self.alarm = alarm
        let timer = self.timer ?? LoopTimer(on: loop, owner: alarm)
        self.timer = timer
        timer.arm(after: Self.gathering)
    }

    private func writeOut() {
        // Before the buffers are read: a line appended after this wakes us again; one before it is seen below.
        isAwake.store(false, ordering: .sequentiallyConsistent)
        for buffer in buffers.withLock({ $0 }) {
            buffer.take(&spare)
            if spare.isEmpty { continue }
            let written = write(spare)
            if written < spare.count { buffer.lost(spare[written...].count { $0 == UInt8(ascii: "\n") }) }
        }
        reportDropped()
    }

    private func reportDropped() {
        let dropped = dropped
        guard dropped > droppedBefore else { return }
        let line = LogLine.operational(
            level: "warning",
            logger: "log",
            message: "log lines were dropped: they came faster than they could be written",
            fields: [("lines", "\(dropped - droppedBefore)")]
        )
        // Said again next time, with a higher number, where this line is lost too.
        if write(line) == line.count { droppedBefore = dropped }
    }

    private func write(_ bytes: [UInt8]) -> Int {
        destination.write(bytes) {
            let end = end.load(ordering: .acquiring)
            return end == 0 || MonotonicTime.now().nanoseconds < end
        }
    }

    private func finish() {
        timer?.cancel()
        writeOut()
        destination.close()
    }
}
