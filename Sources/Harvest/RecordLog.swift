// Exchange records on their way to the disk.
//
//     worker          RecordLog.Buffer                  records (thread)
//     append ──copy─► rows being filled                 twice a second, or when a buffer's rows are full:
//                     full rows (at most 4 lots)  ────► takes them, one write per lot
//                     empty rows                  ◄──── gives the memory back
//
// A record is worth less than an answer: where the disk is too slow or full, records are dropped and counted. The lock
// of a buffer is taken by its worker and by the thread, for a copy of one row or a swap of arrays, and never during a
// write.

import Loop

/// Writes exchange records to rolled files. One for the process.
public final class RecordLog: Sendable {
    /// What the records refer to.
    public let names = ExchangeNames()
    private let writer: RecordWriter
    private let shared: RecordShared

    public struct Rules: Sendable {
        /// All files together, in bytes; the oldest go first.
        public var keepSize: Int
        /// Files whose last record is older go.
        public var keepAge: Duration
        /// A file ends when it has grown to, or is of, this.
        public var fileSize: Int
        public var fileAge: Duration

        public init(
            keepSize: Int = 10 << 30,
            keepAge: Duration = .seconds(90 * 86400),
            fileSize: Int = 16 << 20,
            fileAge: Duration = .seconds(3600)
        ) {
            self.keepSize = keepSize
            self.keepAge = keepAge
            self.fileSize = fileSize
            self.fileAge = fileAge
        }
    }

    public struct Counters: Sendable, Equatable {
        public var written = 0
        /// Under pressure, or because the disk refused.
        public var dropped = 0
        /// Writes that failed.
        public var errors = 0
        /// What the system said last.
        public var lastError: String?
    }

    /// Makes the directory (mode 0700) if it is missing. Files are made when there is something to write (mode 0600).
    public init(directory: String, rules: Rules = Rules()) throws(FileError) {
        try Self.prepare(directory: directory)
        shared = RecordShared()
        writer = RecordWriter(directory: directory, rules: rules, names: names, shared: shared)
        writer.start()
    }

    /// A buffer for one worker.
    public func buffer() -> Buffer {
        let buffer = Buffer(writer: writer)
        shared.state.withLock { $0.buffers.append(buffer) }
        return buffer
    }

    public var counters: Counters {
        shared.state.withLock { state in
            var counters = state.counters
            for buffer in state.buffers { counters.dropped += buffer.dropped }
            return counters
        }
    }

    /// Makes a directory that records could go to, if it is missing. Blocking: not for a loop.
    public static func prepare(directory: String) throws(FileError) {
        try HarvestFile.makeDirectory(directory)
    }

    /// Other files from now on, in a directory that is prepared; what was appended before is in the old ones, or
    /// dropped. On the log's thread.
    public func adopt(directory: String, rules: Rules) async {
        await writer.adopt(directory: directory, rules: rules)
    }

    /// Returns when everything that was appended before is in a file, or dropped.
    public func flush() async {
        await writer.flush()
    }

    /// Writes what is there and ends the thread. Blocks; idempotent. Records that are appended afterwards are lost.
    public func close() {
        let first = shared.state.withLock { state in
            defer { state.closed = true }
            return !state.closed
        }
        guard first else { return }
        writer.close()
        // Buffers know the writer, and the writer knows them: somebody has to let go.
        shared.state.withLock { state in
            for buffer in state.buffers { state.counters.dropped += buffer.close() }
            state.buffers = []
        }
    }

    /// Test seam: runs `work` on the log's thread, to make it as slow as a disk can be.
    func onWriterThread(_ work: sending @escaping () -> Void) {
        writer.loop.post(work)
    }

    /// A worker's own. Append from one thread at a time (two only get in each other's way).
    public final class Buffer: Sendable {
        private struct State {
            var filling: [ExchangeRecord] = []
            var full: [[ExchangeRecord]] = []
            var empty: [[ExchangeRecord]] = []
            var dropped = 0
            var closed = false
        }

        /// Rows of one lot: about 100 KiB.
        static let lot = 256
        static let lots = 4

        private let state = Lock(State())
        private let writer: RecordWriter

        init(writer: RecordWriter) {
            self.writer = writer
        }

        /// Copies the record. Never blocks longer than a copy of one row.
        public func append(_ record: ExchangeRecord) {
            let isFull = state.withLock { state in
                if state.closed { return false }
                if state.filling.count == Self.lot {
                    guard state.full.count < Self.lots else {
                        state.dropped += 1
                        return false
                    }
                    state.full.append(state.filling)
                    state.filling = state.empty.popLast() ?? []
                }
                if state.filling.capacity == 0 { state.filling.reserveCapacity(Self.lot) }
                state.filling.append(record)
                return state.filling.count == Self.lot
            }
            if isFull { writer.wake() }
        }

        var dropped: Int { state.withLock { $0.dropped } }

        /// Takes nothing any more, and wakes nobody.
        /// - Returns: what was dropped, what nobody came for included.
        func close() -> Int {
            state.withLock { state in
                state.closed = true
                return state.dropped + state.filling.count + state.full.reduce(0) { $0 + $1.count }
            }
        }

        /// The lots that are full; with `all` also the one that is being filled.
        func take(all: Bool) -> [[ExchangeRecord]] {
            state.withLock { state in
                var lots: [[ExchangeRecord]] = []
                swap(&lots, &state.full)
                if state.filling.count == Self.lot || all && !state.filling.isEmpty {
                    lots.append(state.filling)
                    state.filling = state.empty.popLast() ?? []
                }
                return lots
            }
        }

        /// Memory to fill again.
        func giveBack(_ lot: consuming [ExchangeRecord]) {
            lot.removeAll(keepingCapacity: true)
            let lot = lot
            state.withLock { if $0.empty.count < Self.lots { $0.empty.append(lot) } }
        }
    }
}

/// What the log's doors and its thread share.
final class RecordShared: Sendable {
    struct State {
        var buffers: [RecordLog.Buffer] = []
        var counters = RecordLog.Counters()
        var closed = false
    }

    let state = Lock(State())
}
