// Real faults: processes that are killed, a disk that is full, a directory that another process has. Children are exit
// tests of this test binary.

import Glibc
import Synchronization
import Testing

@testable import Harvest

@Suite("The spool under faults")
struct SpoolFaultTests {
    @Test("has every candidate it acknowledged before kill -9, and the store gets each once", arguments: 1...6)
    func killed(_ round: Int) async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round = round as Int] in
            try await Self.spoolUntilKilled(in: path, moving: round % 2 == 1)
        }
        let text = String(decoding: try HarvestFile.open(path + "/acknowledged").readAll(), as: UTF8.self)
        let acknowledged = text.split(separator: "\n").compactMap { CandidateID($0) }
        #expect(!acknowledged.isEmpty)

        let spool = try Spool(directory: path + "/spool", deadline: .seconds(60))
        let store = try SQLStore.sqlite(path: path + "/a.db")
        let mover = SpoolMover(spool: spool, store: store)
        await mover.start()
        #expect(await eventually { spool.counters.segments == 0 })
        var stored: [CandidateID] = []
        var query = CandidateQuery(limit: 1000, order: .oldestFirst)
        repeat {
            let page = try await store.list(query)
            stored += page.data.map(\.id)
            query.after = page.next
        } while query.after != nil
        #expect(Set(stored).count == stored.count)
        // Counts, so that a failure does not print two thousand ids.
        #expect(Set(acknowledged).subtracting(stored).count == 0)
        #expect(Set(acknowledged).count == acknowledged.count)
        // At most what was under way: one per task.
        #expect(stored.count <= acknowledged.count + 32)
        spool.close()
        await mover.finish()
        await store.close()
    }

    /// Keeps candidates in 32 tasks, and notes the ids of those that were acknowledged, until it is dead.
    /// - Parameter moving: into the store at the same time, so that death may come between a commit and a deletion.
    private static func spoolUntilKilled(in path: String, moving: Bool) async throws {
        // The deadline is none of this test's business: a late candidate would be written and not acknowledged.
        let spool = try Spool(
            directory: path + "/spool",
            deadline: .seconds(60),
            segmentSize: 50_000,
            segmentAge: .milliseconds(3)
        )
        if moving { await SpoolMover(spool: spool, store: try SQLStore.sqlite(path: path + "/a.db")).start() }
        let acknowledged = Acknowledged(path: path + "/acknowledged", last: Int.random(in: 1...1000))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    while true {
                        let candidate = Candidate.sample()
                        if await spool.keep(candidate) == .kept { acknowledged.note(candidate.id) }
                    }
                }
            }
        }
    }

    @Test("refuses a second process, and names the first")
    func secondProcess() async throws {
        let directory = TemporaryDirectory()
        let spool = try Spool(directory: directory.path, deadline: .seconds(60))
        let path = directory.path
        let pid = Int(getpid())
        await #expect(processExitsWith: .success) { [path = path as String, pid = pid as Int] in
            do {
                _ = try Spool(directory: path, deadline: .seconds(60))
                Issue.record("a second spool started")
            } catch {
                #expect(error as? SpoolError == .locked(directory: path, pid: pid))
            }
        }
        spool.close()
    }

    @Test("answers `full` when a file may not grow any more, keeps what fits, and loses nothing it acknowledged")
    func fileLimit() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 50_000, rlim_max: 50_000)
            #expect(setrlimit(__rlimit_resource_t(1), &limit) == 0)  // RLIMIT_FSIZE
            let spool = try Spool(directory: path, deadline: .seconds(10), segmentAge: .seconds(3600))
            let gate = Gate()
            spool.onWriterThread { gate.wait() }
            // One group that does not fit as a whole: the records that do are kept.
            let outcomes = await withTaskGroup(of: Kept.self) { group in
                for _ in 0..<100 { group.addTask { await spool.keep(.sample()) } }
                #expect(await eventually { spool.counters.backlog == 100 })
                gate.open()
                return await group.reduce(into: []) { $0.append($1) }
            }
            let kept = outcomes.count { $0 == .kept }
            #expect(kept > 10 && kept < 100)
            #expect(outcomes.count { $0 == .full } == 100 - kept)
            #expect(spool.counters.errors == [.diskFull: 100 - kept])
            #expect(spool.trouble?.reason == .diskFull)
            #expect(try records(in: path) == kept)
            spool.close()
        }
    }

    @Test(
        "answers `full` on a full disk, says so, and recovers by itself when there is room",
        .enabled(if: SmallDisk.isAllowed)
    )
    func diskFull() async throws {
        let disk = try SmallDisk(512)
        let filler = disk.path + "/filler"
        try SmallDisk.fill(filler, 100_000)
        let spool = try Spool(directory: disk.path + "/spool", deadline: .seconds(60), segmentAge: .seconds(3600))
        var kept = 0
        while await spool.keep(.sample()) == .kept, kept < 1000 { kept += 1 }
        #expect(kept > 10 && kept < 1000)
        #expect(spool.trouble?.reason == .diskFull)
        #expect(spool.counters.errors == [.diskFull: 1])
        #expect(try records(in: disk.path + "/spool") == kept)
        unlink(filler)
        #expect(await eventually { spool.trouble == nil })
        #expect(await spool.keep(.sample()) == .kept)
        spool.close()
        #expect(try records(in: disk.path + "/spool") == kept + 1)
    }

    @Test("waits with its segments while the store's disk is full", .enabled(if: SmallDisk.isAllowed))
    func storeFull() async throws {
        let disk = try SmallDisk(8192)
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: disk.path + "/a.db")
        let filler = disk.path + "/filler"
        try SmallDisk.fill(filler, 8 << 20)
        let spool = try Spool(directory: directory.path, deadline: .seconds(60), segmentAge: .milliseconds(1))
        let mover = SpoolMover(spool: spool, store: store)
        await mover.start()
        for _ in 0..<50 { #expect(await spool.keep(.sample()) == .kept) }
        #expect(await eventually { spool.storeTrouble != nil })
        unlink(filler)
        #expect(await eventually { spool.counters.segments == 0 })
        #expect(try await store.counts().map(\.count) == [50])
        spool.close()
        await mover.finish()
        await store.close()
    }

}

/// A file with the ids of acknowledged candidates; kills its process after a number of them, by kill -9.
private final class Acknowledged: Sendable {
    private let file: CInt
    private let last: Int
    private let count = Atomic(0)

    init(path: String, last: Int) {
        file = open(path, O_CREAT | O_WRONLY | O_APPEND, 0o600)
        self.last = last
    }

    func note(_ id: CandidateID) {
        let line = Array("\(id)\n".utf8)
        precondition(write(file, line, line.count) == line.count)
        // In one of many tasks: the writer is in the middle of the next group.
        if count.add(1, ordering: .relaxed).newValue == last { kill(getpid(), SIGKILL) }
    }
}
