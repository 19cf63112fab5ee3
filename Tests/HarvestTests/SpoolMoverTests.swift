import GRDB
import Loop
import Testing

@testable import Harvest

@Suite("The spool mover")
struct SpoolMoverTests {
    /// A spool, a store and a mover in one directory.
    private struct Room: ~Copyable {
        let directory: TemporaryDirectory
        let spool: Spool
        let store: SQLStore
        let mover: SpoolMover

        init(left: [(name: String, bytes: [UInt8])] = []) async throws {
            let directory = TemporaryDirectory()
            let path = directory.path + "/spool"
            try HarvestFile.makeDirectory(path)
            for (name, bytes) in left {
                let file = try HarvestFile.create(path + "/" + name)
                _ = bytes.withUnsafeBytes { file.write($0) }
            }
            let spool = try Spool(directory: path, deadline: .seconds(60), segmentAge: .milliseconds(10))
            let store = try SQLStore.sqlite(path: directory.path + "/a.db", patience: .milliseconds(10))
            self.spool = spool
            self.store = store
            self.mover = SpoolMover(spool: spool, store: store)
            self.directory = directory
        }

        func close() async {
            spool.close()
            await mover.finish()
            await store.close()
        }
    }

    @Test("brings every candidate into the store, and leaves no segment")
    func moves() async throws {
        let room = try await Room()
        await room.mover.start()
        let candidates = (0..<300).map { _ in Candidate.sample() }
        for candidate in candidates { #expect(await room.spool.keep(candidate) == .kept) }
        #expect(try await eventually { () async throws in try await room.store.counts().map(\.count) == [300] })
        #expect(await eventually { room.spool.counters.segments == 0 })
        #expect(room.spool.counters.bytes == 0)
        #expect(room.spool.counters.moved == 300)
        #expect(room.directory.names(in: "spool") == ["lock"])
        #expect(try await room.store.candidate(candidates[7].id) == candidates[7])
        await room.close()
    }

    @Test("begins with what an earlier process left, torn tail and all, and delivers it once")
    func recovers() async throws {
        let candidates = (0..<10).map { _ in Candidate.sample() }
        var bytes: [UInt8] = []
        for candidate in candidates { SpoolRecord.append(id: candidate.id, payload: candidate.encode(), to: &bytes) }
        let torn = Array(bytes.dropLast(5))
        // The same records in two segments: the process before died between the commit and the deletion.
        let room = try await Room(left: [("0000000000000003.seg", bytes), ("0000000000000004.seg", torn)])
        await room.mover.start()
        #expect(await eventually { room.spool.counters.segments == 0 })
        #expect(try await room.store.counts().map(\.count) == [10])
        #expect(room.spool.counters.tornTails == 1)
        #expect(room.spool.counters.moved == 19)
        await room.close()
    }

    @Test("delivers what is whole of a damaged segment, and keeps the rest for a look")
    func damaged() async throws {
        let candidates = (0..<3).map { _ in Candidate.sample() }
        var bytes: [UInt8] = []
        for candidate in candidates { SpoolRecord.append(id: candidate.id, payload: candidate.encode(), to: &bytes) }
        bytes[60] ^= 1
        let room = try await Room(left: [("0000000000000001.seg", bytes)])
        await room.mover.start()
        #expect(await eventually { room.spool.counters.segments == 0 })
        #expect(room.spool.counters.damaged == 1)
        #expect(try await room.store.list(CandidateQuery()).data.map(\.id) == [candidates[2].id, candidates[1].id])
        #expect(room.directory.names(in: "spool") == ["0000000000000001.seg.damaged", "lock"])
        await room.close()
    }

    @Test("keeps whole records that it cannot read, and delivers the others")
    func unreadable() async throws {
        let candidate = Candidate.sample()
        var bytes: [UInt8] = []
        SpoolRecord.append(id: .next(), payload: Array(#"{"from":"the future"}"#.utf8), to: &bytes)
        SpoolRecord.append(id: candidate.id, payload: candidate.encode(), to: &bytes)
        let room = try await Room(left: [("0000000000000001.seg", bytes)])
        await room.mover.start()
        #expect(await eventually { room.spool.counters.segments == 0 })
        #expect(room.spool.counters.unreadable == 1)
        #expect(try await room.store.candidate(candidate.id) == candidate)
        #expect(room.directory.names(in: "spool") == ["0000000000000001.seg.unreadable", "lock"])
        await room.close()
    }

    @Test("waits while another connection holds the store, says so, and loses nothing")
    func storeLocked() async throws {
        let room = try await Room()
        let other = try Holder(path: room.directory.path + "/a.db")
        await room.mover.start()
        for _ in 0..<5 { #expect(await room.spool.keep(.sample()) == .kept) }
        #expect(await eventually { room.spool.storeTrouble != nil })
        #expect(await room.spool.keep(.sample()) == .kept)
        #expect(room.spool.counters.segments > 0)
        try other.letGo()
        #expect(await eventually { room.spool.counters.segments == 0 })
        #expect(room.spool.storeTrouble == nil)
        #expect(try await room.store.counts().map(\.count) == [6])
        await room.close()
    }

    @Test("leaves the spool for the next start when it has to end while the store is away")
    func endsEarly() async throws {
        let directory = TemporaryDirectory()
        let spool = try Spool(directory: directory.path, deadline: .seconds(60), segmentAge: .milliseconds(1))
        // Nobody listens there.
        let store = try SQLStore.postgresql("postgresql://127.0.0.1:1/away")
        let mover = SpoolMover(spool: spool, store: store)
        await mover.start()
        #expect(await spool.keep(.sample()) == .kept)
        #expect(await eventually { spool.storeTrouble != nil })
        spool.close()
        await mover.finish()
        await store.close()
        #expect(try records(in: directory.path) == 1)
    }

    @Test("makes one row of ten thousand deliveries")
    func redelivered() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        let batch = (0..<100).map { _ in Candidate.sample() }
        for _ in 0..<100 { _ = try await store.keep(batch) }
        #expect(try await store.counts().map(\.count) == [100])
        await store.close()
    }
}
