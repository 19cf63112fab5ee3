import GRDB
import Glibc
import Testing

@testable import Harvest

/// What every store promises; runs over each that is known.
@Suite("A candidate store")
struct CandidateStoreTests {
    @Test("gives back what it keeps, once per id, however often it is delivered", arguments: StoreKind.allCases)
    func idempotent(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let candidates = (0..<100).map { _ in Candidate.sample() }
            #expect(try await store.keep(candidates) == 100)
            for _ in 0..<5 { #expect(try await store.keep(candidates) == 0) }
            #expect(try await store.keep(candidates + [.sample()]) == 1)
            #expect(try await store.counts().map(\.count) == [101])
            for candidate in candidates { #expect(try await store.candidate(candidate.id) == candidate) }
            #expect(try await store.candidate(.next()) == nil)
        }
    }

    @Test(
        "never replaces a row, but for an incomplete one by the whole, in whatever order they come",
        arguments: StoreKind.allCases
    )
    func incomplete(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            var cut = Candidate.sample(status: .incomplete)
            cut.large = nil
            let whole = Candidate.sample(id: cut.id)
            _ = try await store.keep([cut])
            #expect(try await store.candidate(cut.id) == cut)
            var longer = Candidate.sample(id: cut.id, status: .incomplete)
            longer.large?.cut = true
            _ = try await store.keep([longer])
            #expect(try await store.candidate(cut.id) == longer, "what came before it broke off")
            _ = try await store.keep([cut])
            #expect(try await store.candidate(cut.id) == longer)
            _ = try await store.keep([whole])
            #expect(try await store.candidate(cut.id) == whole)
            _ = try await store.keep([cut])
            #expect(try await store.candidate(cut.id) == whole)
            _ = try await store.keep([.sample(id: cut.id, large: "another")])
            #expect(try await store.candidate(cut.id) == whole)
        }
    }

    @Test(
        "replaces a new row whose small answer was cut by one that has it whole, unless somebody has decided on it",
        arguments: StoreKind.allCases
    )
    func smallMadeWhole(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            func pair() -> (cut: Candidate, whole: Candidate) {
                let whole = Candidate.sample()
                var cut = whole
                cut.small?.cut = true
                cut.small?.cutAt = 3
                return (cut, whole)
            }
            let (cut, whole) = pair()
            #expect(try await store.keep([cut, .sample()]) == 2)
            _ = try await store.keep([whole])
            #expect(try await store.candidate(cut.id) == whole)
            _ = try await store.keep([cut])
            #expect(try await store.candidate(cut.id) == whole)
            var withoutSmall = whole
            withoutSmall.small = nil
            _ = try await store.keep([withoutSmall])
            #expect(try await store.candidate(cut.id) == whole)
            // Of a stream: large's answer in the same record as a small one that is not whole yet.
            let (late, all) = pair()
            var begun = late
            begun.status = .incomplete
            for candidate in [begun, late, all, late, begun] { _ = try await store.keep([candidate]) }
            #expect(try await store.candidate(all.id) == all)
            let (decided, tooLate) = pair()
            _ = try await store.keep([decided])
            let accepted = try await store.decide(Decision(.accept), on: decided.id)
            _ = try await store.keep([tooLate])
            #expect(try await store.candidate(decided.id) == accepted)
            #expect(accepted?.small?.cut == true)
            #expect(try await store.counts().map(\.count).reduce(0, +) == 4)
        }
    }

    @Test(
        "lists newest first or oldest first, page by page, without a gap or a double while more arrive",
        arguments: StoreKind.allCases
    )
    func pages(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let candidates = (0..<25).map { _ in Candidate.sample() }
            _ = try await store.keep(candidates.shuffled())
            for order in [CandidateQuery.Order.oldestFirst, .newestFirst] {
                var query = CandidateQuery(limit: 10, order: order)
                var ids: [CandidateID] = []
                repeat {
                    let page = try await store.list(query)
                    ids += page.data.map(\.id)
                    query.after = page.next
                    if order == .newestFirst { _ = try await store.keep([.sample()]) }
                } while query.after != nil
                let expected = candidates.map(\.id)
                #expect(ids == (order == .oldestFirst ? expected : expected.reversed()))
            }
        }
    }

    @Test(
        "filters by route, status and reason, and hides incomplete ones until asked for them",
        arguments: StoreKind.allCases
    )
    func filters(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let a = Candidate.sample(route: "a", reason: "low_confidence")
            let b = Candidate.sample(route: "b", reason: "format.json")
            let c = Candidate.sample(route: "b", reason: "low_confidence", status: .incomplete)
            _ = try await store.keep([a, b, c])
            _ = try await store.decide(Decision(.accept), on: a.id)
            func ids(_ query: CandidateQuery) async throws -> [CandidateID] {
                try await store.list(query).data.map(\.id)
            }
            #expect(try await ids(CandidateQuery()) == [b.id, a.id])
            #expect(try await ids(CandidateQuery(route: "b")) == [b.id])
            #expect(try await ids(CandidateQuery(reason: "low_confidence")) == [a.id])
            #expect(try await ids(CandidateQuery(statuses: [.accepted])) == [a.id])
            #expect(try await ids(CandidateQuery(statuses: [.new, .accepted])) == [b.id, a.id])
            #expect(try await ids(CandidateQuery(statuses: [.incomplete])) == [c.id])
            #expect(try await ids(CandidateQuery(route: "' OR 1=1 --")) == [])
        }
    }

    @Test("refuses a cursor that is not of this list", arguments: StoreKind.allCases)
    func cursor(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            for after in ["", "7", "n-", "n-7", "o-7-\(CandidateID.next())", "n-7-\(CandidateID.next())x"] {
                await #expect(throws: StoreError.refused("after: not a cursor of this list")) {
                    _ = try await store.list(CandidateQuery(after: after))
                }
            }
        }
    }

    @Test("adds every decision, and shows the latest", arguments: StoreKind.allCases)
    func decisions(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            let candidate = Candidate.sample()
            _ = try await store.keep([candidate])
            #expect(try await store.decide(Decision(.skip, reviewer: "a"), on: candidate.id)?.status == .skipped)
            let edited = try await store.decide(Decision(.edit, completion: "x", reviewer: "b"), on: candidate.id)
            #expect(edited?.status == .edited)
            #expect(edited?.completion == "x")
            let small = try await store.decide(Decision(.accept, choice: .small), on: candidate.id)
            #expect(small?.completion == " functions")
            let large = try await store.decide(Decision(.accept), on: candidate.id)
            #expect(large?.status == .accepted)
            #expect(large?.completion == nil)
            #expect(try await store.candidate(candidate.id) == large)
            let events = try await store.decisions(on: candidate.id)
            #expect(events.map(\.to) == [.skipped, .edited, .accepted, .accepted])
            #expect(events.map(\.from) == [.new, .skipped, .edited, .accepted])
            #expect(events.map(\.decision.reviewer) == ["a", "b", nil, nil])
            #expect(try await store.decide(Decision(.accept), on: .next()) == nil)
            // A candidate that is delivered again does not undo what was decided.
            _ = try await store.keep([candidate])
            #expect(try await store.candidate(candidate.id)?.status == .accepted)
        }
    }

    @Test("refuses decisions that cannot be, and then changes nothing", arguments: StoreKind.allCases)
    func refused(_ kind: StoreKind) async throws {
        try await kind.withStore { store async throws in
            var bare = Candidate.sample()
            bare.small = nil
            let cut = Candidate.sample(status: .incomplete)
            _ = try await store.keep([bare, cut])
            for (decision, id) in [
                (Decision(.edit), bare.id), (Decision(.edit, completion: ""), bare.id),
                (Decision(.accept, choice: .small), bare.id), (Decision(.reject, completion: "x"), bare.id),
                (Decision(.skip, choice: .large), bare.id), (Decision(.accept), cut.id),
            ] {
                do {
                    _ = try await store.decide(decision, on: id)
                    Issue.record("\(decision) was taken")
                } catch {
                    guard case StoreError.refused = error else {
                        Issue.record("\(error)")
                        continue
                    }
                }
            }
            #expect(try await store.candidate(bare.id)?.status == .new)
            #expect(try await store.decisions(on: bare.id).isEmpty)
        }
    }
}

@Suite("The SQLite store")
struct SQLiteStoreTests {
    @Test("commits so that power loss does not undo it")
    func durable() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/a.db")
        #expect(await store.pragma("synchronous") == "2")
        #expect(await store.pragma("journal_mode") == "wal")
        await store.close()
    }

    @Test("keeps its files from others' eyes")
    func modes() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLStore.sqlite(path: directory.path + "/var/a.db")
        _ = try await store.keep([.sample()])
        #expect(mode(of: directory.path + "/var") == 0o700)
        #expect(directory.names(in: "var") == ["a.db", "a.db-shm", "a.db-wal"])
        for name in directory.names(in: "var") { #expect(mode(of: directory.path + "/var/" + name) == 0o600) }
        await store.close()
    }

    @Test("says so when another connection holds it, and works again afterwards")
    func locked() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/a.db"
        let store = try SQLStore.sqlite(path: path, patience: .milliseconds(20))
        let other = try Holder(path: path)
        do {
            _ = try await store.keep([.sample()])
            Issue.record("the store wrote through a lock")
        } catch {
            #expect(error.isTemporary, "\(error)")
        }
        try other.letGo()
        #expect(try await store.keep([.sample()]) == 1)
        await store.close()
    }

    @Test("refuses a file that a newer program wrote, and names both versions")
    func newer() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/a.db"
        await (try SQLStore.sqlite(path: path)).close()
        let other = try DatabaseQueue(path: path)
        try await other.write { db in try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('9')") }
        try other.close()
        #expect(throws: StoreError.newer(store: path, version: 9, known: Schema.version)) {
            try SQLStore.sqlite(path: path)
        }
    }

    @Test("refuses a file that is no database, and a path that cannot be")
    func broken() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/a.db"
        let file = try HarvestFile.create(path)
        _ = Array(repeating: UInt8(ascii: "x"), count: 5000).withUnsafeBytes { file.write($0) }
        for path in [path, path + "/b.db"] {
            do {
                _ = try SQLStore.sqlite(path: path)
                Issue.record("\(path) was opened")
            } catch {
                #expect(!error.isTemporary)
                #expect("\(error)".contains(path.hasSuffix("b.db") ? directory.path : path), "\(error)")
            }
        }
        #expect(throws: StoreError.self) { try KnownStores.open("mysql://db/understudy") }
    }

    @Test("opens again with what it had")
    func reopened() async throws {
        let directory = TemporaryDirectory()
        let candidate = Candidate.sample()
        let first = try SQLStore.sqlite(path: directory.path + "/a.db")
        _ = try await first.keep([candidate])
        await first.close()
        let second = try SQLStore.sqlite(path: directory.path + "/a.db")
        #expect(try await second.candidate(candidate.id) == candidate)
        await second.close()
    }
}

/// Another connection that keeps a database for itself.
struct Holder {
    private let database: DatabaseQueue

    init(path: String) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        database = try DatabaseQueue(path: path, configuration: configuration)
        try database.inDatabase { db in try db.execute(sql: "BEGIN EXCLUSIVE") }
    }

    func letGo() throws {
        try database.inDatabase { db in try db.execute(sql: "ROLLBACK") }
        try database.close()
    }
}
