// Moves closed segments into the store: flush, read, deliver, and only after the store's commit delete. Delivery is at
// least once (we may die between commit and delete), rows are one per id: together exactly once.
//
// A store that is away is waited for. A candidate that it will never take (`StoreError.unfit`) is set aside, alone: it
// must not hold up those behind it for good.

import Loop

/// Empties a spool into a store. One per spool.
public actor SpoolMover {
    private nonisolated let loop = Loop.start(name: "spool-mover")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let spool: Spool
    private let store: any Store
    private let report: @Sendable (String) -> Void
    private var pause: Pause?
    private var running: Task<Void, Never>?
    private var ending = false

    /// Rows per commit: small enough that a reader of the store is not kept waiting.
    private static let batch = 256

    /// - Parameter report: told in words, on the mover's thread, of every trouble and its end. For the log.
    public init(spool: Spool, store: any Store, report: @escaping @Sendable (String) -> Void = { _ in }) {
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
                switch await deliver(contents.candidates) {
                case .success(let refused):
                    try setAside(refused, of: segment)
                    try putAway(segment, contents, refused: refused.count)
                    if attempt > 0 { report("\(segment.path) is in the store now") }
                    spool.state.lock.withLock { $0.storeTrouble = nil }
                    return true
                case .failure(let error):
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

    private struct Refused {
        var candidate: Candidate
        var why: StoreError
    }

    /// - Returns: those that the store will never take, of others that it has.
    private func deliver(_ candidates: [Candidate]) async -> Result<[Refused], StoreError> {
        do throws(StoreError) {
            // Whose candidates were on their way when somebody asked that they be forgotten.
            let forgotten = try await Forgotten.read(store)
            let kept = candidates.filter { !forgotten.covers($0) }
            // While the store writes one, the next is made ready. More than two would only wait.
            let refused = try await kept.parts(of: Self.batch).concurrentMap(atMost: 2) { part throws(StoreError) in
                try await self.keep(part)
            }
            return .success(Array(refused.joined()))
        } catch {
            return .failure(error)
        }
    }

    /// Some that are refused together are halved, until each that is refused stands alone.
    private func keep(_ part: ArraySlice<Candidate>) async throws(StoreError) -> [Refused] {
        guard let first = part.first else { return [] }
        do throws(StoreError) {
            _ = try await store.keep(Array(part))
            return []
        } catch {
            guard case .unfit = error else { throw error }
            if part.count == 1 { return [Refused(candidate: first, why: error)] }
            let middle = part.startIndex + part.count / 2
            return try await keep(part[..<middle]) + keep(part[middle...])
        }
    }

    /// As records in a file beside the segment, whole and on the disk before the segment goes.
    private func setAside(_ refused: [Refused], of segment: SpoolSegment) throws(FileError) {
        guard !refused.isEmpty else { return }
        let path = segment.path + ".refused"
        var bytes: [UInt8] = []
        for each in refused {
            SpoolRecord.append(id: each.candidate.id, payload: each.candidate.encode(), to: &bytes)
        }
        // What an attempt before this one left, which got no further.
        try HarvestFile.remove(path)
        let file = try HarvestFile.create(path)
        if let failure = bytes.withUnsafeBytes({ file.write($0).failure }) { throw failure }
        try file.synchronize()
        for each in refused { report("\(each.candidate.id) is kept in \(path): \(each.why)") }
    }

    /// The store has all that it can take. What is odd about the segment stays in the directory under another name.
    private func putAway(_ segment: SpoolSegment, _ contents: Contents, refused: Int) throws(FileError) {
        spool.state.lock.withLock { state in
            state.counters.moved += contents.candidates.count - refused
            if refused > 0 { state.counters.errors[.refused, default: 0] += refused }
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
