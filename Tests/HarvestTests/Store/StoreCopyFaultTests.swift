// Copies that are killed by kill -9, at any moment and several times, while the store goes on being written to.
// Children are exit tests of this test binary.

import Glibc
import Testing

@testable import Harvest

@Suite("A copy of a store under faults", .serialized)
struct StoreCopyFaultTests {
    /// From which kind into which, and whether as a backup: `store backup`, `store move`, `store restore`.
    enum Way: String, CaseIterable, CustomTestStringConvertible {
        case backup = "sqlite to sqlite, as a backup"
        case move = "sqlite to postgresql"
        case back = "postgresql to sqlite, as a backup"

        var testDescription: String { rawValue }
        var mirrors: Bool { self != .move }
    }

    @Test("goes on where it was killed, and ends equal", arguments: Way.allCases)
    func killed(_ way: Way) async throws {
        let directory = TemporaryDirectory()
        let server = try RealPostgres.shared.get()
        let file = { (name: String) in "sqlite:\(directory.path)/\(name).db" }
        let from = way == .back ? server.url(try server.database()) : file("a")
        let to = way == .move ? server.url(try server.database()) : file("b")
        let source = try KnownStores.open(from)
        var all = ReviewStoreTests.different(3000)
        _ = try await source.keep(all)
        for candidate in all.prefix(60) {
            _ = try await source.decide(Decision(.accept, reviewer: "a"), on: [candidate.id])
        }
        _ = try await source.put(kind: "version", id: "1", route: "r", json: Array("{}".utf8), replacing: 0)
        try await source.pin([all[1].id], to: "version 1")
        try await source.add(LedgerEvent(who: "a", what: "promote"))

        var copied: [Int] = []
        for round in 0..<5 {
            let mirrors = way.mirrors
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [from = from as String, to = to as String, round = round as Int, mirrors = mirrors as Bool] in
                try Self.copyUntilKilled(from: from, to: to, mirrors: mirrors, parts: round * 3)
            }
            let target = try KnownStores.open(to)
            copied.append(try await target.counts().map(\.count).reduce(0, +))
            await target.close()
            // And meanwhile: more candidates, a decision, and one that is gone.
            let late = ReviewStoreTests.different(20, route: "late \(round)")
            _ = try await source.keep(late)
            all += late
            _ = try await source.decide(Decision(.reject, reviewer: "b"), on: all[100 + round].id)
            if mirrors { _ = try await source.erase([all.remove(at: 200).id], by: "t", reason: "t") }
        }
        // It was killed in the middle, and each run went on.
        #expect(copied.contains { $0 > 0 && $0 < 3000 }, "\(copied)")
        #expect(copied == copied.sorted() && copied.first! < copied.last!, "\(copied)")

        let report = try StoreCopy(from: from, to: to, mirrors: way.mirrors).run()
        #expect(report.candidates == all.count)
        #expect(report.decisions == 65)
        #expect(report.documents == 1)
        #expect(report.copied < all.count)
        let target = try KnownStores.open(to)
        #expect(try await source.counts() == target.counts())
        for candidate in all.prefix(130) + all.suffix(30) {
            #expect(try await source.candidate(candidate.id) == target.candidate(candidate.id))
            #expect(
                try await source.decisions(on: candidate.id).map(\.id) == target.decisions(on: candidate.id).map(\.id)
            )
        }
        #expect(try await target.events(limit: 100).contains { $0.what == "promote" })
        let again = try StoreCopy(from: from, to: to, mirrors: way.mirrors).run()
        #expect(again.copied == 0)
        #expect(again.digest == report.digest)
        await target.close()
        await source.close()
    }

    /// Dies some microseconds after a number of parts were copied, or at its end: in the middle of the next
    /// transaction, or of comparing.
    private static func copyUntilKilled(from: String, to: String, mirrors: Bool, parts: Int) throws {
        var seen = 0
        let copy = try StoreCopy(from: from, to: to, mirrors: mirrors) { _ in
            seen += 1
            guard seen == parts + 1 else { return }
            var thread = pthread_t()
            pthread_create(
                &thread,
                nil,
                { _ in
                    usleep(.random(in: 0...30_000))
                    kill(getpid(), SIGKILL)
                    return nil
                },
                nil
            )
        }
        _ = try copy.run()
        kill(getpid(), SIGKILL)
    }
}
