import Testing

@testable import Cache

/// Numbers that several processes keep together, against a real redis-server.
@Suite struct RedisSumTests {
    private let name = "understudy:spend:test:code-search:480123"

    @Test func twoLinksAddToOneNumberAndBothLearnTheSum() async throws {
        let server = try RedisServer()
        let one = try await LinkHost.start(server.address)
        let other = try await LinkHost.start(server.address)
        #expect(await one.add(0.25, to: name) == 0.25)
        #expect(await other.add(1.5, to: name) == 1.75)
        #expect(await one.add(0, to: name) == 1.75)
        #expect(await other.add(1e-9, to: name) == 1.750000001)
        await one.stop()
        await other.stop()
    }

    @Test func theNumberIsForgottenAfterItsLife() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        _ = await host.add(2, to: name, life: .seconds(100))
        let left = server.command("PTTL", name)
        #expect((1...100_000).contains(Int(left.dropFirst().dropLast(1)) ?? 0))
        _ = await host.add(1, to: name, life: .milliseconds(1))
        #expect(await eventually { server.command("EXISTS", name) == ":0\r\n" })
        #expect(await host.add(3, to: name) == 3)
        await host.stop()
    }

    @Test func answersStillFindTheirCallersAmongSums() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        let key = sampleKey()
        await host.store(key, Array("value".utf8))
        async let sum = host.add(4, to: name)
        async let value = host.get(key)
        async let more = host.add(1, to: "another")
        #expect(await sum == 4)
        #expect(await value == Array("value".utf8))
        #expect(await more == 1)
        await host.stop()
    }

    @Test func somethingElseUnderTheNameIsNoSum() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        _ = server.command("SET", name, "not a number")
        #expect(await host.add(1, to: name) == nil)
        _ = server.command("DEL", name)
        _ = server.command("LPUSH", name, "a list")
        #expect(await host.add(1, to: name) == nil)
        #expect(host.counters[.errors] == 2)
        await host.stop()
    }

    @Test func aRedisThatIsAwayGivesNoSumAndHoldsNobodyUp() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address, deadline: .milliseconds(20))
        #expect(await eventually { await host.add(1, to: name) != nil })
        server.pause()
        #expect(await host.add(1, to: name) == nil)
        server.resume()
        #expect(await eventually { await host.add(0, to: name) != nil })
        server.kill()
        #expect(await eventually { host.counters.status == .disconnected })
        #expect(await host.add(1, to: name) == nil)
        await host.stop()
    }

    @Test func aConnectionThatIsLostGivesNoSum() async throws {
        let server = FakeRedis { command, _ in command == "INCRBYFLOAT" ? nil : ["+PONG\r\n"] }
        let host = try await LinkHost.start(server.address)
        #expect(await host.add(1, to: name) == nil)
        await host.stop()
    }
}
