import Glibc
import Loop

/// The thread behind `RecordLog`.
actor RecordWriter: TimerOwner {
    nonisolated let loop = Loop.start(name: "records")
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private var directory: String
    private var rules: RecordLog.Rules
    private let names: ExchangeNames
    private let shared: RecordShared
    private var current: OpenFile?
    /// Made on the loop, released there by `close`.
    private var timer: LoopTimer?

    private static let tick = Duration.milliseconds(500)

    init(directory: String, rules: RecordLog.Rules, names: ExchangeNames, shared: RecordShared) {
        self.directory = directory
        self.rules = rules
        self.names = names
        self.shared = shared
    }

    nonisolated func start() {
        loop.post {
            self.assumeIsolated { writer in
                writer.timer = LoopTimer(on: writer.loop, owner: writer)
                writer.timer?.arm(after: Self.tick)
                writer.removeOld()
            }
        }
    }

    nonisolated func wake() {
        loop.post { self.assumeIsolated { $0.write(all: false) } }
    }

    nonisolated func timerFired(_ timer: LoopTimer) {
        assumeIsolated { writer in
            writer.write(all: true)
            writer.timer?.arm(after: Self.tick)
        }
    }

    func flush() {
        write(all: true)
    }

    func adopt(directory: String, rules: RecordLog.Rules) {
        if directory != self.directory {
            write(all: true)
            current = nil
            self.directory = directory
        }
        self.rules = rules
        removeOld()
    }

    nonisolated func close() {
        loop.post {
            self.assumeIsolated { writer in
                writer.write(all: true)
                writer.current = nil
                writer.timer = nil
            }
        }
        loop.stop()
        loop.join()
    }

    // MARK: Writing

    private func write(all: Bool) {
        let buffers = shared.state.withLock { $0.buffers }
        for buffer in buffers {
            for lot in buffer.take(all: all) {
                write(lot)
                buffer.giveBack(lot)
            }
        }
    }

    private func write(_ rows: [ExchangeRecord]) {
        do throws(FileError) {
            let file = try openFile()
            var bytes: [UInt8] = []
            bytes.reserveCapacity(rows.count * MemoryLayout<ExchangeRecord>.stride + 64)
            // Rows were appended before they were taken, and their names looked up before that: all are in the table.
            let texts = names.texts(from: file.names)
            if !texts.isEmpty { ExchangeFile.appendNames(texts, to: &bytes) }
            ExchangeFile.appendRows(rows, to: &bytes)
            try file.append(bytes)
            file.names += texts.count
            shared.state.withLock { $0.counters.written += rows.count }
            if file.size >= rules.fileSize || MonotonicTime.now() - file.born >= rules.fileAge { roll() }
        } catch {
            if current?.isBroken == true { current = nil }
            shared.state.withLock { state in
                state.counters.dropped += rows.count
                state.counters.errors += 1
                state.counters.lastError = "\(error)"
            }
        }
    }

    private final class OpenFile {
        let file: HarvestFile
        let born = MonotonicTime.now()
        var size = 0
        /// How many names are in it.
        var names = 0
        /// It may end in half a block, so nothing may follow.
        var isBroken = false

        init(path: String) throws(FileError) {
            file = try HarvestFile.create(path)
        }

        func append(_ bytes: [UInt8]) throws(FileError) {
            let (written, failure) = bytes.withUnsafeBytes { file.write($0) }
            guard let failure else { return size += written }
            isBroken = (try? file.truncate(to: size)) == nil
            throw failure
        }
    }

    private func openFile() throws(FileError) -> OpenFile {
        if let current { return current }
        let file = try OpenFile(path: "\(directory)/\(CandidateID.next()).exchanges")
        do throws(FileError) {
            try file.append(ExchangeFile.header)
        } catch {
            try? HarvestFile.remove(file.file.path)
            throw error
        }
        current = file
        return file
    }

    private func roll() {
        current = nil
        removeOld()
    }

    // MARK: Retention

    /// File names begin with the time of their making, so their order is by age.
    private func removeOld() {
        guard let names = try? HarvestFile.names(in: directory) else { return }
        let oldest = WallTime.now().microseconds - rules.keepAge.nanoseconds / 1000
        var total = 0
        for name in names.reversed() where name.hasSuffix(".exchanges") {
            let path = directory + "/" + name
            guard path != current?.file.path, let status = HarvestFile.status(of: path) else { continue }
            total += status.size
            if total > rules.keepSize || status.modified.microseconds < oldest { try? HarvestFile.remove(path) }
        }
    }
}
