import Glibc
import Testing

@testable import Harvest

@Suite("A copy of a store")
struct StoreCopyTests {
    /// Some of everything.
    private static func fill(_ store: SQLStore) async throws -> [Candidate] {
        var all = ReviewStoreTests.different(60)
        for index in all.indices where index % 3 == 0 { all[index].source = .audit }
        _ = try await store.keep(all)
        for (index, candidate) in all.enumerated().prefix(30) {
            let decision = Decision(
                index % 4 == 0 ? .edit : .accept,
                completion: index % 4 == 0 ? "e\0" : nil,
                reviewer: "a"
            )
            _ = try await store.decide(decision, on: [candidate.id])
        }
        for _ in 0..<3 { _ = try await store.undo(reviewer: "a") }
        for number in 0..<5 {
            _ = try await store.put(
                kind: "version",
                id: "\(number)",
                route: "r",
                json: Array("{\"n\":\(number)}".utf8),
                replacing: 0
            )
        }
        try await store.pin([all[0].id], to: "version 1")
        try await store.add(LedgerEvent(who: "a", what: "promote", route: "r"))
        return all
    }

    private static func same(_ a: SQLStore, _ b: SQLStore, _ all: [Candidate]) async throws {
        for candidate in all {
            #expect(try await a.candidate(candidate.id) == b.candidate(candidate.id))
            #expect(try await a.decisions(on: candidate.id).map(\.id) == b.decisions(on: candidate.id).map(\.id))
        }
        #expect(try await a.counts() == b.counts())
        #expect(
            try await a.documents(kind: "version", route: nil).count == b.documents(kind: "version", route: nil).count
        )
        #expect(try await a.events(limit: 10) == b.events(limit: 10))
    }

    @Test("carries everything from SQLite to PostgreSQL and back, and again finds nothing to do")
    func thereAndBack() async throws {
        let directory = TemporaryDirectory()
        let server = try RealPostgres.shared.get()
        let first = "sqlite:\(directory.path)/a.db"
        let second = server.url(try server.database())
        let third = "sqlite:\(directory.path)/c.db"
        let source = try SQLStore.sqlite(path: directory.path + "/a.db", patience: .seconds(5))
        let all = try await Self.fill(source)
        let report = try StoreCopy(from: first, to: second, mirrors: false).run()
        #expect(report.copied == 60)
        #expect(report.candidates == 60)
        #expect(report.documents == 5)
        #expect(report.decisions == 33)
        let moved = try SQLStore.postgresql(second)
        try await Self.same(source, moved, all)
        let again = try StoreCopy(from: first, to: second, mirrors: false).run()
        #expect(again.copied == 0)
        #expect(again.digest == report.digest)
        let back = try StoreCopy(from: second, to: third, mirrors: true).run()
        #expect(back.copied == 60)
        #expect(mode(of: directory.path + "/c.db") == 0o600)
        let backup = try SQLStore.sqlite(path: directory.path + "/c.db")
        try await Self.same(source, backup, all)
        await backup.close()
        await moved.close()
        await source.close()
    }

    @Test("goes on where it was, takes later decisions, and a backup follows what was deleted")
    func resumed() async throws {
        let directory = TemporaryDirectory()
        let (from, to) = ("sqlite:\(directory.path)/a.db", "sqlite:\(directory.path)/b.db")
        let source = try SQLStore.sqlite(path: directory.path + "/a.db", patience: .seconds(5))
        let all = try await Self.fill(source)
        _ = try StoreCopy(from: from, to: to, mirrors: true).run()
        let late = ReviewStoreTests.different(5, route: "late")
        _ = try await source.keep(late)
        _ = try await source.decide(Decision(.reject, reviewer: "b"), on: all[40].id)
        _ = try await source.undo(reviewer: "a")
        _ = try await source.erase([all[50].id], by: "t", reason: "t")
        let report = try StoreCopy(from: from, to: to, mirrors: true).run()
        #expect(report.copied == 7)
        #expect(report.removed == 1)
        let copy = try SQLStore.sqlite(path: directory.path + "/b.db")
        try await Self.same(source, copy, all + late)
        await copy.close()
        await source.close()
    }

    @Test("into a store that goes on by itself keeps what both have said")
    func merged() async throws {
        let directory = TemporaryDirectory()
        let (from, to) = ("sqlite:\(directory.path)/a.db", "sqlite:\(directory.path)/b.db")
        let source = try SQLStore.sqlite(path: directory.path + "/a.db", patience: .seconds(5))
        let all = try await Self.fill(source)
        _ = try StoreCopy(from: from, to: to, mirrors: false).run()
        let target = try SQLStore.sqlite(path: directory.path + "/b.db", patience: .seconds(5))
        _ = try await target.keep([.sample(route: "new")])
        _ = try await source.decide(Decision(.skip, reviewer: "x"), on: all[45].id)
        usleep(5000)
        _ = try await target.decide(Decision(.reject, reviewer: "y"), on: all[45].id)
        _ = try StoreCopy(from: from, to: to, mirrors: false).run()
        #expect(try await target.candidate(all[45].id)?.status == .rejected)
        #expect(try await target.decisions(on: all[45].id).map(\.decision.reviewer) == ["x", "y"])
        #expect(try await target.counts(CandidateFilter(route: "new")).map(\.count) == [1])
        await target.close()
        await source.close()
    }

    @Test("refuses a copy onto itself and a store it does not know")
    func refused() {
        #expect(throws: StoreError.self) { try StoreCopy(from: "sqlite:/x", to: "sqlite:/x", mirrors: true) }
        #expect(throws: StoreError.self) { try StoreCopy(from: "mysql:x", to: "sqlite:/x", mirrors: true) }
    }
}

@Suite("A store of the first release")
struct FirstReleaseTests {
    @Test("is upgraded when it is opened: candidates, statuses and decisions are what they were")
    func upgraded() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/a.db"
        let all = ReviewStoreTests.different(1200)
        let database = try SQLiteDatabase(path: path, patience: .seconds(5))
        try database.write { sql in
            try sql.script("CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
            try sql.script("INSERT INTO grdb_migrations VALUES ('1'); \(Version1.tables)")
            for candidate in all {
                try sql.insert(
                    into: "candidates",
                    [
                        "id", "created_at", "route", "environment", "contract", "version", "source", "reason", "status",
                        "record",
                    ],
                    [
                        [
                            SQLValue(candidate.id), SQLValue(candidate.createdAt), .text(candidate.route), "production",
                            "5f2b",
                            "v3", "fallback", .text(candidate.reason), "new",
                            .text(String(decoding: candidate.encode(), as: UTF8.self)),
                        ]
                    ]
                )
            }
            for (at, verb, completion, from, to) in [
                (1000, "skip", nil, "new", "skipped"), (2000, "edit", "better", "skipped", "edited"),
            ] as [(Int, String, String?, String, String)] {
                try sql.insert(
                    into: "decisions",
                    ["candidate", "at", "decision", "completion", "reviewer", "status_before", "status_after"],
                    [
                        [
                            SQLValue(all[7].id), SQLValue(at), .text(verb), SQLValue(completion), "r", .text(from),
                            .text(to),
                        ]
                    ]
                )
            }
            try sql.change(
                "UPDATE candidates SET status = 'edited', completion = 'better' WHERE id = ?",
                [SQLValue(all[7].id)]
            )
        }
        database.close()
        let store = try SQLStore.sqlite(path: path)
        #expect(try await store.counts().map(\.count).reduce(0, +) == 1200)
        #expect(try await store.candidate(all[3].id) == all[3])
        let edited = try await store.candidate(all[7].id)
        #expect(edited?.status == .edited)
        #expect(edited?.completion == "better")
        let events = try await store.decisions(on: all[7].id)
        #expect(events.map(\.to) == [.skipped, .edited])
        #expect(events.map(\.at.milliseconds) == [1000, 2000])
        #expect(events.map(\.decision.reviewer) == ["r", "r"])
        await store.close()
        #expect(try KnownStores.upgrade("sqlite:\(path)") == (Schema.version, Schema.version))
    }
}
