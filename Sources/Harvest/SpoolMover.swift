// Moves closed segments into the store: flush, read, deliver, and only after the store's commit delete. Delivery is at
// least once (we may die between commit and delete), rows are one per id: together exactly once.

import Loop

/// Empties a spool into a store. One per spool.
public actor SpoolMover {
    private nonisolated let loop = Loop.start(name: "spool-mover")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let spool: Spool
    private let store: any CandidateStore
    private let report: @Sendable (String) -> Void
    private var pause: Pause?
    private var running: Task<Void, Never>?
    private var ending = false

    /// Rows per commit: small enough that a reader of the store is not kept waiting.
    private static let batch = 256

    /// - Parameter report: told in words, on the mover's thread, of every trouble and its end. For the log.
    public init(spool: Spool, store: any CandidateStore, report: @escaping @Sendable (String) -> Void = { _ in }) {
        self.spool = spool
        self.store = store
        self.report = report
    }

    /// Begins with what an earlier process left, and goes on until the spool is closed.
    public func start() {
        guard running == nil else { return }
        running = Task { await self.run() }
    }

    /// Waits until the mover has ended (close the spool first) and ends its thread. What it was at stays in the spool.
    public nonisolated func finish() async {
        await end()
        loop.stop()
        loop.join()
    }

    private func end() async {
        ending = true
        pause?.end()
        await running?.value
        pause = nil
    }

    private func run() async {
        while let segment = await spool.closed.next() {
            guard await move(segment) else { return }
        }
    }

    /// - Returns: false if the spool was closed before it was done; the segment stays.
    private func move(_ segment: SpoolSegment) async -> Bool {
        var attempt = 0
        while true {
            let problem: String
            do throws(FileError) {
                let contents = try read(segment)
                switch await deliver(contents) {
                case nil:
                    try putAway(segment, contents)
                    if attempt > 0 { report("\(segment.path) is in the store now") }
                    spool.state.lock.withLock { $0.storeTrouble = nil }
                    return true
                case .some(let error):
                    problem = "\(error)"
                }
            } catch {
                problem = "\(error)"
            }
            if attempt == 0 { report("\(segment.path) waits: \(problem)") }
            spool.state.lock.withLock { $0.storeTrouble = problem }
            await wait(.milliseconds(min(5000, 20 << min(attempt, 8))))
            attempt += 1
            if ending || spool.closed.isClosed { return false }
        }
    }

    private struct Contents {
        var candidates: [Candidate] = []
        var unreadable: [String] = []
        var scan: SpoolRecord.Scan
    }

    private func read(_ segment: SpoolSegment) throws(FileError) -> Contents {
        let file = try HarvestFile.open(segment.path)
        // Any descriptor flushes the whole file. From here on the records survive power loss too.
        try file.synchronize()
        let bytes = try file.readAll()
        var contents = Contents(scan: SpoolRecord.scan(bytes))
        for record in contents.scan.records {
            do throws(UnreadableCandidate) {
                contents.candidates.append(try Candidate(json: bytes[record.payload]))
            } catch {
                contents.unreadable.append("\(record.id): \(error)")
            }
        }
        return contents
    }

    private func deliver(_ contents: Contents) async -> StoreError? {
        var rest = contents.candidates[...]
        do throws(StoreError) {
            let forgotten = try await forgotten()
            while !rest.isEmpty {
                _ = try await store.keep(rest.prefix(Self.batch).filter { !forgotten.covers($0) })
                rest = rest.dropFirst(Self.batch)
            }
            return nil
        } catch {
            return error
        }
    }

    /// Whose candidates were on their way when somebody asked that they be forgotten.
    private func forgotten() async throws(StoreError) -> Forgotten {
        guard let ledger = store as? any Ledger else { return Forgotten() }
        return try await Forgotten.read(ledger)
    }

    /// The store has all that it can take. What is odd about the segment stays in the directory under another name.
    private func putAway(_ segment: SpoolSegment, _ contents: Contents) throws(FileError) {
        spool.state.lock.withLock { state in
            state.counters.moved += contents.candidates.count
            if contents.scan.tornBytes > 0 { state.counters.tornTails += 1 }
            if contents.scan.gaps > 0 { state.counters.damaged += 1 }
            state.counters.unreadable += contents.unreadable.count
        }
        if contents.scan.tornBytes > 0 {
            report("\(segment.path): skipped \(contents.scan.tornBytes) bytes of a torn tail")
        }
        if !contents.unreadable.isEmpty {
            report("\(segment.path).unreadable is kept: \(contents.unreadable.joined(separator: "; "))")
            try HarvestFile.rename(segment.path, to: segment.path + ".unreadable")
            spool.forget(segment)
        } else if contents.scan.gaps > 0 {
            report("\(segment.path).damaged is kept: \(contents.scan.gapBytes) bytes could not be read")
            try HarvestFile.rename(segment.path, to: segment.path + ".damaged")
            spool.forget(segment)
        } else {
            try spool.remove(segment)
        }
    }

    private func wait(_ time: Duration) async {
        if ending { return }
        let pause = pause ?? Pause(on: loop)
        self.pause = pause
        await pause.wait(time)
    }
}
