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
        #expect(throws: StoreError.newer(store: place, version: 9, known: 2)) { try SQLStore.postgresql(url) }
        #expect("\(StoreError.newer(store: place, version: 9, known: 2))".contains("version 9"))
        try server.administer(
            "DELETE FROM understudy.schema_versions; INSERT INTO understudy.schema_versions VALUES (1)",
            in: database
        )
        do {
            _ = try SQLStore.postgresql(url)
            Issue.record("an older store was used")
        } catch {
            #expect("\(error)".contains("understudy store upgrade"), "\(error)")
        }
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
