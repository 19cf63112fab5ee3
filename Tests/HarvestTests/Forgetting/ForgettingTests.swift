import JSON
import Loop
import Testing

@testable import Harvest

@Suite struct ForgettingTests {
    /// Providers that have every file but those named.
    private struct Provider: UploadedFiles {
        var refuses: Set<String> = []

        func delete(_ upload: DataSet.Upload) async -> String? {
            refuses.contains(upload.file) ? "the provider says no" : nil
        }
    }

    /// Three candidates: of two requests, and of another customer.
    private func sample() -> (all: [Candidate], mine: Candidate) {
        var mine = Candidate.sample(input: "find what is mine", large: "name:mine")
        mine.requestID = "mine-1"
        mine.metadata = Array(#"{"tenant":"acme"}"#.utf8)
        var also = Candidate.sample(input: "wo ist der Bahnhof", large: "name:station")
        also.requestID = "mine-2"
        also.metadata = Array(#"{"tenant":"acme"}"#.utf8)
        return ([mine, also, .sample(input: "another question altogether", large: "name:other")], mine)
    }

    private func bytes(in directory: borrowing TemporaryDirectory) throws -> String {
        try directory.names().reduce(into: "") { text, name in
            text += String(decoding: try HarvestFile.open(directory.path + "/" + name).readAll(), as: UTF8.self)
        }
    }

    @Test func `a request is forgotten: in the store, in files and at providers, and what is left is told`()
        async throws
    {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        let (all, mine) = sample()
        _ = try await store.keep(all)
        _ = try await store.decide(Decision(.edit, completion: "name:mine edited"), on: mine.id)
        let export = try await Export.plan(from: store, ExportOptions(format: .chat))
        var dataSet = try export.write(to: directory.path + "/train.jsonl")
        dataSet.files[0].uploads = [
            DataSet.Upload(baseURL: "http://a", file: "file-1"), DataSet.Upload(baseURL: "http://a", file: "file-2"),
        ]
        dataSet.models = ["ft:mine"]
        try await Export.record(dataSet, in: store, by: "somebody")
        #expect(try bytes(in: directory).contains("name:mine edited"))

        let provider = Provider(refuses: ["file-2"])
        let report = try await Forgetting(store, uploads: provider).forget(.requestID("mine-1"), by: "ops")
        #expect(report.candidates == 1)
        #expect(report.cached == 1)
        #expect(report.lines == 1)
        #expect(report.files == [directory.path + "/train.jsonl"])
        #expect(report.uploads == ["file-1"])
        #expect(report.models == ["ft:mine"])
        #expect(report.left == ["file-2 at http://a holds such a line: the provider says no"])
        #expect(try await store.candidate(mine.id) == nil)
        #expect(try await store.list(CandidateQuery()).data.count == 2)
        #expect(try await store.drops(after: 0).map(\.cacheKey).contains("00ff"))

        let lines = try HarvestFile.open(directory.path + "/train.jsonl").readAll().split(separator: 0x0a)
        #expect(lines.count == 2)
        let document = try #require(try await store.document(kind: DataSet.kind, id: dataSet.id))
        let after = try #require(DataSet(json: document.json))
        #expect(after.files[0].uploads.map(\.file) == ["file-2"])
        let events = try await store.events(limit: 10)
        #expect(events.map(\.what).contains("erase"))
        #expect(!events.contains { String(decoding: $0.detail ?? [], as: UTF8.self).contains("mine-1") })
        // Nor is it in free pages, or in the log.
        let left = try bytes(in: directory)
        for word in ["find what is mine", "name:mine", "mine-1"] { #expect(!left.contains(word), "\(word)") }
        #expect(left.contains("another question altogether"))

        // Asked again, it goes on with what was left.
        let again = try await Forgetting(store, uploads: provider).forget(.requestID("mine-1"), by: "ops")
        #expect(again.candidates == 0)
        #expect(again.left.count == 1)
        let last = try await Forgetting(store, uploads: Provider()).forget(.requestID("mine-1"), by: "ops")
        #expect((last.uploads, last.left, last.lines) == (["file-2"], [], 0))
        let end = try #require(try await store.document(kind: DataSet.kind, id: dataSet.id))
        #expect(DataSet(json: end.json)?.files[0].lines.map(\.candidate) == [all[1].id, all[2].id])
        let none = try await Forgetting(store, uploads: provider).forget(.requestID("mine-1"), by: "ops")
        #expect(none == ForgettingReport())
        await store.close()
    }

    @Test func `a customer is forgotten by metadata`() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        _ = try await store.keep(sample().all)
        #expect(try await Forgetting(store).forget(.metadata("tenant", "acme"), by: "ops").candidates == 2)
        #expect(try await Forgetting(store).forget(.metadata("tenant", "nobody"), by: "ops").candidates == 0)
        #expect(try await store.list(CandidateQuery()).data.count == 1)
        await store.close()
    }

    @Test func `what was on its way does not come back, what comes later does`() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        let spool = try Spool(directory: directory.path + "/spool", segmentAge: .milliseconds(10))
        let (all, _) = sample()
        for candidate in all { #expect(await spool.keep(candidate) == .kept) }
        _ = try await Forgetting(store).forget(.metadata("tenant", "acme"), by: "ops")
        var later = all[0]
        later.id = .next()
        later.createdAt = WallTime(microseconds: WallTime.now().microseconds + 60_000_000)
        #expect(await spool.keep(later) == .kept)
        let mover = SpoolMover(spool: spool, store: store)
        await mover.start()
        #expect(await eventually { spool.counters.segments == 0 })
        #expect(Set(try await store.list(CandidateQuery()).data.map(\.id)) == [all[2].id, later.id])
        spool.close()
        await mover.finish()
        await store.close()
    }

    @Test func `an export is on the books once, or its files go`() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        _ = try await store.keep(sample().all)
        let export = try await Export.plan(from: store, ExportOptions(format: .chat))
        let (one, other) = (directory.path + "/one.jsonl", directory.path + "/other.jsonl")
        let now = WallTime.now()
        for _ in 0..<2 {
            try await Export.recordOrRemove(export.write(to: one, madeAt: now), in: store, by: "somebody")
        }
        // Of the same second and content, elsewhere: the books have no place for it.
        await #expect(throws: StoreError.self) {
            try await Export.recordOrRemove(export.write(to: other, madeAt: now), in: store, by: "somebody")
        }
        #expect(try await store.documents(kind: DataSet.kind, route: nil).count == 1)
        #expect(try HarvestFile.open(one).readAll().split(separator: 0x0a).count == 3)
        #expect(!directory.names().contains { $0.hasPrefix("other") })
        await store.close()
    }

    @Test func `what was put aside and what was paid for goes too, and what is in use is told`() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        let (all, _) = sample()
        _ = try await store.keep([all[1]])
        var records: [UInt8] = []
        for candidate in all { SpoolRecord.append(id: candidate.id, payload: candidate.encode(), to: &records) }
        let aside = directory.path + "/1.seg"
        func write(_ bytes: [UInt8], _ path: String) throws { try Export.replace(path, bytes) }
        try write(records, aside + ".refused")
        try write(Array("garbage".utf8) + records, aside + ".damaged")
        let journal = directory.path + "/asked.jsonl", other = directory.path + "/other.jsonl"
        for path in [journal, other] { try write(Array("{}\n".utf8), path) }
        let files = LocalFiles(spool: directory.path, journals: [all[1].route: journal, "other": other])
        let held = try HarvestFile.openOrCreate(journal)
        #expect(try held.lock())

        let report = try await Forgetting(store, files: files).forget(.metadata("tenant", "acme"), by: "ops")
        #expect(report.candidates == 1 + 2 * 2)
        #expect(report.left.count == 2)
        #expect(report.left.contains { $0.hasPrefix("\(journal) is in use") })
        #expect(report.left.contains { $0.hasPrefix("\(aside).damaged could not be read in part") })
        #expect(report.files == [aside + ".damaged", aside + ".refused"])
        for path in [aside + ".damaged", aside + ".refused"] {
            let scan = SpoolRecord.scan(try HarvestFile.open(path).readAll())
            #expect(scan.records.map(\.id) == [all[2].id])
        }
        #expect(try HarvestFile.open(other).readAll().count == 3)
        await store.close()
    }

    @Test func `a journal that nobody uses is emptied`() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        let (all, _) = sample()
        _ = try await store.keep(all)
        let journal = directory.path + "/asked.jsonl"
        try Export.replace(journal, Array("{}\n".utf8))
        let files = LocalFiles(spool: directory.path, journals: [all[0].route: journal])
        let report = try await Forgetting(store, files: files).forget(.requestID("mine-1"), by: "ops")
        #expect((report.files, report.left) == ([journal], []))
        #expect(try HarvestFile.open(journal).readAll().isEmpty)
        await store.close()
    }

    @Test func `a file that is gone or was given away is told, and the rest is done`() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        let (all, _) = sample()
        _ = try await store.keep(all)
        let export = try await Export.plan(from: store, ExportOptions(format: .chat))
        try await Export.record(export.dataSet(), in: store, by: "pipe")
        var moved = try export.write(to: directory.path + "/train.jsonl")
        moved.id = "moved"
        moved.files[0].path = directory.path + "/elsewhere.jsonl"
        try await Export.record(moved, in: store, by: "file")
        let report = try await Forgetting(store).forget(.requestID("mine-1"), by: "ops")
        #expect(report.candidates == 1)
        #expect(report.left.count == 2)
        #expect(report.left.contains { $0.contains("was given away") })
        #expect(report.left.contains { $0.contains("elsewhere.jsonl") })
        let tree = try JSONTree.parse(report.encode())
        #expect(tree["candidates"]?.int == 1)
        #expect(tree["left"]?.array?.count == 2)
        await store.close()
    }
}
