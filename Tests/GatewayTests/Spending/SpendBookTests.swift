import Foundation
import Harvest
import Logging
import Loop
import Testing

@testable import Gateway

/// Against a real redis-server; two books stand for two gateways.
@Suite(.timeLimit(.minutes(2)))
struct SpendBookTests {
    private static func yaml(redis: String?, ceiling: Double = 1) -> String {
        """
        cache: { \(redis.map { "redis: \"\($0)\"" } ?? "") }
        models:
          large: { base_url: http://127.0.0.1:1, api: chat, model: huge, price: { input: 1, output: 1 } }
        routes:
          r: { large: large, spend: { large: \(ceiling) USD, per: 1000d, when_over: error } }
          free: { large: large }

        """
    }

    private var now: Int { Int(WallTime.now().milliseconds) }

    @Test func `what one gateway spends, the others know within a second or so`() async throws {
        let redis = try RealRedis()
        let (one, other) = (try BookHost(), try BookHost())
        try await one.adopt(Self.yaml(redis: redis.url))
        try await other.adopt(Self.yaml(redis: redis.url))
        let (mine, theirs) = (await one.ledger, await other.ledger)
        mine.add(0.25, at: now)
        theirs.add(0.5, at: now)
        #expect(await eventually { mine.spent(at: now) == 0.75 && theirs.spent(at: now) == 0.75 })
        #expect(!mine.isOver(at: now))
        theirs.add(0.25, at: now)
        #expect(await eventually { mine.isOver(at: now) })
        let text = await one.metrics
        #expect(text.contains("understudy_spend_usd{route=\"r\"} 1\n"))
        #expect(text.contains("understudy_spend_limit_usd{route=\"r\"} 1\n"))
        #expect(!text.contains("understudy_spend_usd{route=\"free\"}"))
        let key = "understudy:spend:production:r:\(mine.windowIndex(now))"
        #expect(redis.command("GET", key) == "$1\r\n1\r\n")
        #expect(Int(redis.command("PTTL", key).dropFirst().dropLast(2)).map { $0 > 0 } == true)
        try await one.stop()
        try await other.stop()
    }

    @Test func `a ceiling is logged when it is reached and when it opens, once each`() async throws {
        let host = try BookHost()
        try await host.adopt(Self.yaml(redis: nil))
        let ledger = await host.ledger
        ledger.add(1, at: now)
        for _ in 0..<3 { await host.exchange() }
        try await host.adopt(Self.yaml(redis: nil, ceiling: 2))
        for _ in 0..<3 { await host.exchange() }
        #expect(ledger.spent(at: now) == 1)
        let lines = try await host.stop()
        #expect(lines.map(\.message) == ["spend ceiling reached, large is not asked", "spend ceiling open again"])
        #expect(lines.first?.level == "warning")
    }

    @Test func `a Redis that goes away is said once, and told everything when it is back`() async throws {
        let redis = try RealRedis()
        let host = try BookHost()
        try await host.adopt(Self.yaml(redis: redis.url, ceiling: 100))
        let ledger = await host.ledger
        let key = "understudy:spend:production:r:\(ledger.windowIndex(now))"
        ledger.add(1, at: now)
        #expect(
            await eventually {
                await host.exchange(); return redis.command("GET", key) == "$1\r\n1\r\n"
            }
        )
        redis.kill()
        ledger.add(2, at: now)
        #expect(
            await eventually {
                await host.exchange(); return host.said("spending is counted by this process alone")
            }
        )
        #expect(ledger.spent(at: now) == 3)
        try redis.start()
        #expect(
            await eventually {
                await host.exchange(); return redis.command("GET", key) == "$1\r\n3\r\n"
            }
        )
        #expect(await eventually { host.said("spending is counted over all gateways again") })
        let lines = try await host.stop()
        #expect(lines.filter { $0.message == "spending is counted by this process alone" }.count == 1)
        #expect(ledger.spent(at: now) == 3)
    }

    @Test func `the end tells Redis what is left to tell`() async throws {
        let redis = try RealRedis()
        let host = try BookHost()
        try await host.adopt(Self.yaml(redis: redis.url))
        let ledger = await host.ledger
        let key = "understudy:spend:production:r:\(ledger.windowIndex(now))"
        #expect(
            await eventually {
                await host.exchange(); return redis.command("EXISTS", key) == ":1\r\n"
            }
        )
        ledger.add(0.5, at: now)
        try await host.stop()
        #expect(redis.command("GET", key) == "$3\r\n0.5\r\n")
    }

    @Test func `a reload to another Redis takes the account along`() async throws {
        let (first, second) = (try RealRedis(), try RealRedis())
        let host = try BookHost()
        try await host.adopt(Self.yaml(redis: first.url))
        let ledger = await host.ledger
        let key = "understudy:spend:production:r:\(ledger.windowIndex(now))"
        ledger.add(0.5, at: now)
        #expect(
            await eventually {
                await host.exchange(); return first.command("GET", key) == "$3\r\n0.5\r\n"
            }
        )
        try await host.adopt(Self.yaml(redis: second.url))
        #expect(
            await eventually {
                await host.exchange(); return second.command("GET", key) == "$3\r\n0.5\r\n"
            }
        )
        #expect(ledger.spent(at: now) == 0.5)
        try await host.stop()
    }
}

/// A book on a loop with a thread of its own, as the desk has it.
private actor BookHost {
    nonisolated let loop = Loop.start(name: "spend-test")
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let folder: SettingsFolder
    private let lasting = Lasting()
    private let kept = Metrics()
    private let log: OperationalLog
    private let logFile: String
    private var book: SpendBook?
    private var snapshot: Snapshot!

    init() throws {
        folder = try SettingsFolder()
        logFile = folder.path + "/log"
        log = OperationalLog(try LogDestination(file: logFile))
    }

    func adopt(_ yaml: String) throws {
        snapshot = try folder.snapshot(yaml, lasting: lasting)
        let book =
            book
            ?? SpendBook(on: loop, log: Logger(label: "test", factory: log.handler), metrics: kept) { [unowned self] in
                Task(executorPreference: loop) { await self.exchange() }
            }
        book.adopt(snapshot)
        self.book = book
    }

    var ledger: SpendLedger { snapshot.routes["r"]!.spend! }
    var metrics: String { String(decoding: kept.text(), as: UTF8.self) }
    func exchange() async { await book?.exchange() }

    nonisolated func said(_ text: String) -> Bool {
        (try? String(contentsOfFile: logFile, encoding: .utf8).contains(text)) ?? false
    }

    struct Line: Decodable {
        let level: String
        let message: String
    }

    /// - Returns: the lines that were logged.
    @discardableResult
    nonisolated func stop() async throws -> [Line] {
        await finish()
        loop.stop()
        loop.join()
        log.close()
        return try String(contentsOfFile: logFile, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
    }

    private func finish() async {
        await book?.finish()
        book = nil
    }
}

/// Looks again and again until it is so, for at most a minute.
private func eventually(_ condition: () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return await condition()
}
