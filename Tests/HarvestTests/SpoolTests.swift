import Dispatch
import Glibc
import Loop
import Testing

@testable import Harvest

@Suite("The spool")
struct SpoolTests {
    @Test("has written the candidate when keep returns")
    func keep() async throws {
        let directory = TemporaryDirectory()
        let spool = try Spool(directory: directory.path + "/spool", deadline: .seconds(60), segmentAge: .seconds(3600))
        let candidate = Candidate.sample()
        #expect(await spool.keep(candidate) == .kept)
        let path = directory.path + "/spool/0000000000000001.seg"
        let bytes = try HarvestFile.open(path).readAll()
        let scan = SpoolRecord.scan(bytes)
        #expect(scan.records.map(\.id) == [candidate.id])
        #expect(try Candidate(json: bytes[scan.records[0].payload]) == candidate)
        #expect(spool.counters.written == 1)
        #expect(spool.counters.bytes == bytes.count)
        spool.close()
    }

    @Test("keeps its files from others' eyes")
    func modes() async throws {
        let directory = TemporaryDirectory()
        let spool = try Spool(
            directory: directory.path + "/a/spool",
            deadline: .seconds(60),
            segmentAge: .seconds(3600)
        )
        _ = await spool.keep(.sample())
        #expect(mode(of: directory.path + "/a") == 0o700)
        #expect(mode(of: directory.path + "/a/spool") == 0o700)
        for name in directory.names(in: "a/spool") { #expect(mode(of: directory.path + "/a/spool/" + name) == 0o600) }
        spool.close()
    }

    @Test("writes many that wait together with few calls")
    func groups() async throws {
        let directory = TemporaryDirectory()
        let spool = try Spool(directory: directory.path, deadline: .seconds(30), segmentAge: .seconds(3600))
        let gate = Gate()
        spool.onWriterThread { gate.wait() }
        let outcomes = await withTaskGroup(of: Kept.self) { group in
            for _ in 0..<100 { group.addTask { await spool.keep(.sample()) } }
            #expect(await eventually { spool.counters.backlog == 100 })
            gate.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes == Array(repeating: .kept, count: 100))
        #expect(spool.counters.groups == 1)
        spool.close()
    }

    @Test("resumes on the loop that waited")
    func loop() async throws {
        let directory = TemporaryDirectory()
        let spool = try Spool(directory: directory.path, deadline: .seconds(60))
        let worker = Worker()
        #expect(await worker.keepsOnItsOwnThread(spool))
        worker.loop.stop()
        worker.loop.join()
        spool.close()
    }

    @Test("lets an answer go when the disk does not come back, and writes its candidate all the same, once")
    func late() async throws {
        let directory = TemporaryDirectory()
        let spool = try Spool(directory: directory.path, deadline: .milliseconds(20), segmentAge: .seconds(3600))
        let gate = Gate()
        spool.onWriterThread { gate.wait() }
        let outcomes = await withTaskGroup(of: Kept.self) { group in
            for _ in 0..<10 { group.addTask { await spool.keep(.sample()) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes == Array(repeating: .late, count: 10))
        #expect(spool.counters.errors == [.late: 10])
        #expect(spool.trouble?.reason == .late)
        gate.open()
        #expect(await eventually { spool.counters.written == 10 })
        #expect(await eventually { spool.trouble == nil })
        spool.close()
        #expect(try records(in: directory.path) == 10)
    }

    @Test("closes segments by size and by age")
    func segments() async throws {
        let directory = TemporaryDirectory()
        let spool = try Spool(
            directory: directory.path,
            deadline: .seconds(60),
            segmentSize: 1000,
            segmentAge: .seconds(3600)
        )
        for _ in 0..<3 { _ = await spool.keep(.sample()) }
        #expect(directory.names() == ["0000000000000001.seg", "0000000000000002.seg", "0000000000000003.seg", "lock"])
        spool.close()

        let young = TemporaryDirectory()
        let aging = try Spool(directory: young.path, deadline: .seconds(60), segmentAge: .milliseconds(5))
        _ = await aging.keep(.sample())
        #expect(await aging.closed.next()?.path.hasSuffix("/0000000000000001.seg") == true)
        aging.close()
    }

    @Test("goes on numbering where an earlier process stopped, and hands over what that one left")
    func restart() async throws {
        let directory = TemporaryDirectory()
        let first = try Spool(directory: directory.path, deadline: .seconds(60))
        _ = await first.keep(.sample())
        first.close()
        let second = try Spool(directory: directory.path, deadline: .seconds(60))
        #expect(second.counters.segments == 1)
        #expect(second.counters.bytes > 0)
        _ = await second.keep(.sample())
        second.close()
        #expect(directory.names() == ["0000000000000001.seg", "0000000000000002.seg", "lock"])
    }

    @Test("refuses a directory that is in use, and names the process")
    func locked() async throws {
        let directory = TemporaryDirectory()
        let spool = try Spool(directory: directory.path, deadline: .seconds(60))
        do {
            _ = try Spool(directory: directory.path, deadline: .seconds(60))
            Issue.record("a second spool started")
        } catch {
            #expect(error == .locked(directory: directory.path, pid: Int(getpid())))
            #expect("\(error)".contains("in use by process \(getpid())"))
        }
        spool.close()
        try Spool(directory: directory.path, deadline: .seconds(60)).close()
    }

    @Test("stops at its limit, says so, and recovers when the mover has made room")
    func limit() async throws {
        let directory = TemporaryDirectory()
        let size = SpoolRecord.headerSize + Candidate.sample().encode().count
        let spool = try Spool(
            directory: directory.path,
            limit: size * 2 + 70_000,
            deadline: .seconds(60),
            segmentAge: .seconds(3600)
        )
        var outcomes: [Kept] = []
        while outcomes.last != .full, outcomes.count < 1000 { outcomes.append(await spool.keep(.sample())) }
        #expect(outcomes.count > 2)
        #expect(outcomes.dropLast().allSatisfy { $0 == .kept })
        #expect(spool.counters.bytes <= size * 2 + 70_000)
        #expect(spool.counters.errors == [.spoolLimit: 1])
        #expect(spool.trouble?.reason == .spoolLimit)
        // What the mover does when the store has a segment.
        let segment = SpoolSegment(
            number: 1,
            path: directory.path + "/0000000000000001.seg",
            size: spool.counters.bytes
        )
        try spool.remove(segment)
        #expect(await eventually { spool.trouble == nil })
        #expect(await spool.keep(.sample()) == .kept)
        spool.close()
    }

    @Test("bounds what waits in memory")
    func backlog() async throws {
        let directory = TemporaryDirectory()
        let size = Candidate.sample().approximateSize
        let spool = try Spool(directory: directory.path, deadline: .seconds(30), backlog: size * 5)
        let gate = Gate()
        spool.onWriterThread { gate.wait() }
        let outcomes = await withTaskGroup(of: Kept.self) { group in
            for _ in 0..<8 { group.addTask { await spool.keep(.sample()) } }
            #expect(await eventually { spool.counters.errors == [.backlog: 3] })
            gate.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .kept } == 5)
        #expect(outcomes.count { $0 == .failed(.backlog) } == 3)
        spool.close()
    }

    @Test("writes what waits when it is closed, and takes nothing afterwards")
    func close() async throws {
        let directory = TemporaryDirectory()
        let spool = try Spool(directory: directory.path, deadline: .seconds(60))
        async let kept = spool.keep(.sample())
        #expect(await kept == .kept)
        spool.close()
        spool.close()
        #expect(await spool.keep(.sample()) == .failed(.closed))
        #expect(try records(in: directory.path) == 1)
    }
}

/// How many whole records the segments of a directory hold.
func records(in directory: String) throws -> Int {
    try TemporaryDirectory.names(directory).filter { $0.hasSuffix(".seg") }.reduce(0) { count, name in
        count + SpoolRecord.scan(try HarvestFile.open(directory + "/" + name).readAll()).records.count
    }
}

/// Holds a thread until it is opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() { semaphore.wait() }
    func open() { semaphore.signal() }
}

/// An actor on a loop, as a worker is.
actor Worker {
    nonisolated let loop = Loop.start(name: "worker")
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    func keepsOnItsOwnThread(_ spool: Spool) async -> Bool {
        _ = await spool.keep(.sample())
        return loop.isCurrent
    }
}
