import Glibc
import Loop
import Testing

@testable import Harvest

@Suite("PostgreSQL under faults", .serialized)
struct PostgreSQLTests {
    @Test("kill -9 in the middle of deliveries loses nothing and doubles nothing", arguments: 1...3)
    func killed(_ round: Int) async throws {
        let server = try RealPostgres()
        let store = try SQLStore.postgresql(server.url(try server.database()), deadline: .seconds(5))
        let directory = TemporaryDirectory()
        let spool = try Spool(
            directory: directory.path,
            deadline: .seconds(60),
            segmentSize: 60_000,
            segmentAge: .milliseconds(5)
        )
        let mover = SpoolMover(spool: spool, store: store)
        await mover.start()
        var kept: [CandidateID] = []
        for number in 1...1200 {
            let candidate = Candidate.sample(input: "question \(number)", large: "answer \(number)")
            #expect(await spool.keep(candidate) == .kept)
            kept.append(candidate.id)
            if number == 300 + 100 * round {
                server.kill()
                try server.start()
            }
        }
        #expect(await eventually { spool.counters.segments == 0 })
        let counts = try await store.counts()
        #expect(counts.map(\.count).reduce(0, +) == kept.count)
        var found: Set<CandidateID> = []
        var query = CandidateQuery(limit: 1000)
        repeat {
            let page = try await store.list(query)
            found.formUnion(page.data.map(\.id))
            query.after = page.next
        } while query.after != nil
        #expect(found == Set(kept))
        spool.close()
        await mover.finish()
        await store.close()
    }

    @Test("a cut connection is made again; a store that is away says so, and does not keep a gateway from starting")
    func away() async throws {
        let server = try RealPostgres()
        let database = try server.database()
        let store = try SQLStore.postgresql(server.url(database))
        #expect(try await store.keep([.sample()]) == 1)
        try server.administer(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database)'"
        )
        // Nothing had been asked yet, so the caller does not notice.
        #expect(try await store.keep([.sample()]) == 1)
        server.kill()
        await #expect(throws: StoreError.self) { _ = try await store.keep([.sample()]) }
        do {
            _ = try await store.counts()
            Issue.record("a server that is away answered")
        } catch {
            #expect(error.isTemporary, "\(error)")
            #expect("\(error)".contains("postgresql://\(server.directory)"), "\(error)")
        }
        let begun = try SQLStore.postgresql(server.url(database))
        try server.start()
        #expect(await eventually { (try? await begun.counts().map(\.count)) == [2] })
        #expect(await eventually { (try? await store.keep([.sample()])) == 1 })
        await begun.close()
        await store.close()
    }

    @Test("what the server will never take is set aside, alone; any text at all is taken")
    func poison() async throws {
        let server = try RealPostgres.shared.get()
        let store = try SQLStore.postgresql(server.url(try server.database()))
        let directory = TemporaryDirectory()
        let spool = try Spool(directory: directory.path, deadline: .seconds(60), segmentAge: .milliseconds(20))
        let mover = SpoolMover(spool: spool, store: store)
        var good: [Candidate] = []
        for number in 0..<40 {
            var candidate = Candidate.sample(
                input: "nul \u{5c}u0000 \(number)",
                large: "\u{5c}u0000\u{5c}ud800 \u{5c}n"
            )
            candidate.completion = "\0\u{fffd}\u{10ffff}"
            candidate.metadata = Array(#"{"\u0000":"\u0000\udfff"}"#.utf8)
            candidate.detail = "\0"
            good.append(candidate)
        }
        // Longer than what an index takes, and nothing that could be made shorter.
        var random = SystemRandomNumberGenerator()
        let long = (0..<6000).map { _ in String(random.next() as UInt64, radix: 36) }.joined()
        var poison = Candidate.sample()
        poison.requestID = long
        var another = Candidate.sample()
        another.reason = long
        for (index, candidate) in good.enumerated() {
            if index == 7 { #expect(await spool.keep(poison) == .kept) }
            if index == 30 { #expect(await spool.keep(another) == .kept) }
            #expect(await spool.keep(candidate) == .kept)
        }
        await mover.start()
        #expect(await eventually { spool.counters.segments == 0 })
        #expect(try await store.counts().map(\.count).reduce(0, +) == good.count)
        for candidate in good { #expect(try await store.candidate(candidate.id) == candidate) }
        #expect(spool.counters.errors == [.refused: 2])
        #expect(spool.counters.moved == good.count)
        #expect(spool.storeTrouble == nil)
        let aside = directory.names().filter { $0.hasSuffix(".refused") }
        #expect(!aside.isEmpty && directory.names().count == aside.count + 1)
        var kept: [Candidate] = []
        for name in aside {
            let bytes = try HarvestFile.open(directory.path + "/" + name).readAll()
            #expect(mode(of: directory.path + "/" + name) == 0o600)
            kept += try SpoolRecord.scan(bytes).records.map { try Candidate(json: bytes[$0.payload]) }
        }
        #expect(kept == [poison, another])
        spool.close()
        await mover.finish()
        await store.close()
    }

    @Test("waits with its segments while the server's disk is full", .enabled(if: SmallDisk.isAllowed))
    func diskFull() async throws {
        let server = try RealPostgres()
        // As Debian's own, which keeps files of nobody else: the path is open to it.
        let disk = try SmallDisk(24 << 10)
        chmod(String(disk.path.dropLast("/disk".count)), 0o755)
        let (space, filler) = (disk.path + "/space", disk.path + "/filler")
        mkdir(space, 0o700)
        chmod(disk.path, 0o755)
        server.give(space)
        try server.administer("CREATE TABLESPACE small LOCATION '\(space)'")
        try server.administer("CREATE DATABASE full_disk TABLESPACE small")
        let store = try SQLStore.postgresql(server.url("full_disk"))
        try SmallDisk.fill(filler, 24 << 20)
        let directory = TemporaryDirectory()
        let spool = try Spool(directory: directory.path, deadline: .seconds(60), segmentAge: .milliseconds(1))
        let mover = SpoolMover(spool: spool, store: store)
        await mover.start()
        var kept: [CandidateID] = []
        // More than the pages that the tables have already.
        while spool.storeTrouble == nil, kept.count < 20_000 {
            let candidate = Candidate.sample(input: "question \(kept.count)", large: "answer \(kept.count)")
            #expect(await spool.keep(candidate) == .kept)
            kept.append(candidate.id)
        }
        #expect(spool.storeTrouble?.contains("No space left on device") == true, "\(spool.storeTrouble ?? "none")")
        #expect(spool.counters.errors.isEmpty)
        unlink(filler)
        #expect(await eventually { spool.counters.segments == 0 })
        #expect(spool.storeTrouble == nil)
        #expect(try await store.counts().map(\.count).reduce(0, +) == kept.count)
        spool.close()
        await mover.finish()
        await store.close()
        server.kill()
    }

    @Test("over TLS: asked for, checked against a certificate, refused where it is another's")
    func underTLS() async throws {
        let server = try RealPostgres(speaksTLS: true)
        let database = try server.database()
        let port = try #require(server.port)
        func url(_ host: String, _ options: String) -> String {
            "postgresql://postgres@\(host):\(port)/\(database)?\(options)"
        }
        let root = "sslrootcert=\(server.certificate)"
        for (number, options) in ["sslmode=require", "sslmode=verify-full&hostaddr=127.0.0.1&\(root)"].enumerated() {
            let store = try SQLStore.postgresql(url("localhost", options))
            #expect(try await store.keep([.sample(), .sample()]) == 2, "\(options)")
            #expect(try await store.counts().map(\.count) == [2 * number + 2])
            await store.close()
            let link = try PostgreSQLLink(
                url: url("localhost", options),
                deadline: .seconds(10),
                connectDeadline: .seconds(10)
            )
            let row = try link.run("SELECT ssl::int FROM pg_stat_ssl WHERE pid = pg_backend_pid()").rows.first
            #expect(row?[0] == .integer(1))
        }
        for (host, options, words) in [
            ("127.0.0.1", "sslmode=disable", "no encryption"),
            ("127.0.0.1", "sslmode=verify-full&\(root)", "does not match host name"),
            ("127.0.0.1", "sslmode=verify-ca&sslrootcert=/nowhere.crt", "root certificate file"),
        ] {
            let store = try SQLStore.postgresql(url(host, options))
            do {
                _ = try await store.counts()
                Issue.record("\(options) went through")
            } catch {
                #expect("\(error)".contains(words), "\(options): \(error)")
            }
            await store.close()
        }
    }

    @Test("a server that hangs costs the deadline, not the thread")
    func hangs() async throws {
        let server = try RealPostgres()
        let store = try SQLStore.postgresql(server.url(try server.database()), deadline: .seconds(2))
        #expect(try await store.keep([.sample()]) == 1)
        server.pause()
        do {
            _ = try await store.keep([.sample()])
            Issue.record("a stopped server answered")
        } catch {
            #expect(error.isTemporary, "\(error)")
        }
        server.resume()
        #expect(await eventually { (try? await store.keep([.sample()])) == 1 })
        await store.close()
    }

    @Test("two movers at once, on two connections, deliver each candidate once")
    func twoMovers() async throws {
        let server = try RealPostgres.shared.get()
        let url = server.url(try server.database())
        let first = try SQLStore.postgresql(url)
        let second = try SQLStore.postgresql(url)
        let all = (0..<2000).map { Candidate.sample(input: "question \($0 % 50)", large: "answer \($0 % 7)") }
        let new = try await withThrowingTaskGroup(of: Int.self) { group in
            for (store, order) in [(first, all), (second, Array(all.reversed()))] {
                group.addTask {
                    var new = 0
                    for part in order.parts(of: 100) { new += try await store.keep(Array(part)) }
                    return new
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(new == all.count)
        #expect(try await first.counts().map(\.count).reduce(0, +) == all.count)
        let progress = try await first.progress(route: nil, reviewer: "a")
        let items = try await first.take(CandidateFilter(), reviewer: "a", count: 100, leaseFor: .seconds(60), seed: 1)
        #expect(items.map(\.clusterSize).max() ?? 0 <= 200)
        #expect(progress.itemsLeft > 0)
        await first.close()
        await second.close()
    }

    @Test("a newer schema is refused with both versions, an older one until it is upgraded")
    func versions() async throws {
        let server = try RealPostgres.shared.get()
        let database = try server.database()
        let url = server.url(database)
        await (try SQLStore.postgresql(url)).close()
        let place = "postgresql://\(server.directory)/\(database)"
        try server.administer("INSERT INTO understudy.schema_versions VALUES (9)", in: database)
        #expect(throws: StoreError.newer(store: place, version: 9, known: Schema.version)) {
            try SQLStore.postgresql(url)
        }
        #expect("\(StoreError.newer(store: place, version: 9, known: Schema.version))".contains("version 9"))
        try server.administer(
            """
            DELETE FROM understudy.schema_versions; INSERT INTO understudy.schema_versions VALUES (1), (2);
            DROP INDEX understudy.candidates_blind; DROP TABLE understudy.pages, understudy.postings; DROP FUNCTION understudy.refuse_older CASCADE;
            CREATE INDEX candidates_words ON understudy.candidates (words)
            """,
            in: database
        )
        do {
            _ = try SQLStore.postgresql(url)
            Issue.record("an older store was used")
        } catch {
            #expect("\(error)".contains("understudy store upgrade"), "\(error)")
        }
        let done = try KnownStores.upgrade(url)
        #expect(done == (2, Schema.version))
        // A program of before that is at work loses its connection, and finds the newer schema with the next one.
        let older = try SQLStore.postgresql(url)
        await #expect(throws: StoreError.self) {
            try await older.write { tables in
                try tables.sql.script("SET LOCAL understudy.schema = '3'")
                try tables.sql.change("DELETE FROM candidates", [])
            }
        }
        #expect(try await older.keep([.sample()]) == 1)
        await older.close()
        await (try SQLStore.postgresql(url)).close()
    }

    @Test(
        "no password is in what is said of a store",
        arguments: [
            "postgresql://u:geheim@127.0.0.1:1/db", "postgresql://u:geheim@127.0.0.1:1/db?sslmode=nonsense",
            "postgresql://u:geheim@[::1/db", "postgresql:///db?host=/nowhere&user=u&password=geheim",
        ]
    )
    func passwords(url: String) async throws {
        do {
            let store = try SQLStore.postgresql(url)
            do {
                _ = try await store.counts()
                Issue.record("\(url) answered")
            } catch {
                #expect(!"\(error)".contains("geheim"), "\(error)")
            }
            await store.close()
        } catch {
            #expect(!"\(error)".contains("geheim"), "\(error)")
        }
    }
}
