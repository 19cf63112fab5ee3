import Testing

@testable import Cache

/// Against a server that misbehaves on demand.
@Suite struct RedisLinkFaultTests {
    private let key = sampleKey()

    @Test func aRedisThatIsLoadingIsAMissAtOnce() async throws {
        let server = FakeRedis { _, _ in ["-LOADING Redis is loading the dataset in memory\r\n"] }
        let host = try await LinkHost.start(server.address)
        #expect(await host.get(key) == nil)
        await host.store(key, [1])
        #expect(host.counters[.notStored] == 1)
        #expect(host.counters[.errors] >= 2)
        #expect(host.counters.status == .ready)
        await host.stop()
    }

    @Test func aDeleteThatWasRefusedIsSentAgain() async throws {
        let server = FakeRedis { command, connection in
            command == "DEL" ? (connection == 0 ? nil : [":1\r\n"]) : ["+PONG\r\n"]
        }
        let host = try await LinkHost.start(server.address)
        await host.delete(key)
        #expect(await eventually { server.commands.filter { $0 == "DEL" }.count == 2 })
        #expect(await eventually { await host.unanswered == 0 })
        await host.stop()
    }

    @Test func somethingThatIsNotRedisIsLeftAndTriedAgain() async throws {
        let server = FakeRedis { _, connection in connection == 0 ? ["HTTP/1.1 400 Bad Request\r\n\r\n"] : ["+PONG\r\n"]
        }
        let host = try await LinkHost.start(server.address)
        #expect(host.counters[.connected] == 1)
        await host.stop()
    }

    @Test func aConnectionThatBreaksInsideAReplyIsAMiss() async throws {
        let server = FakeRedis { command, _ in command == "GET" ? ["$100\r\nonly this"] : ["+PONG\r\n"] }
        let host = try await LinkHost.start(server.address, deadline: .milliseconds(50))
        #expect(await host.get(key) == nil)
        #expect(host.counters[.timeouts] == 1)
        await host.stop()
        let closing = FakeRedis { command, _ in command == "GET" ? nil : ["+PONG\r\n"] }
        let other = try await LinkHost.start(closing.address)
        #expect(await other.get(key) == nil)
        #expect(other.counters[.errors] == 1)
        await other.stop()
    }

    @Test func repliesMayComeByteByByte() async throws {
        let server = FakeRedis { command, _ in
            (command == "GET" ? "$5\r\nvalue\r\n" : "+PONG\r\n").map(String.init)
        }
        let host = try await LinkHost.start(server.address)
        for _ in 0..<20 { #expect(await host.get(key) == Array("value".utf8)) }
        await host.stop()
    }

    @Test func aReplyOfAnotherKindIsAMiss() async throws {
        let server = FakeRedis { command, _ in command == "GET" ? ["*2\r\n$1\r\na\r\n*1\r\n:1\r\n"] : ["+PONG\r\n"] }
        let host = try await LinkHost.start(server.address)
        #expect(await host.get(key) == nil)
        #expect(await host.get(key) == nil)
        #expect(host.counters.status == .ready)
        await host.stop()
    }

    @Test func aReplyToNoCommandEndsTheConnection() async throws {
        let server = FakeRedis { command, connection in
            command == "GET" && connection == 0
                ? ["$1\r\na\r\n+what\r\n"] : command == "GET" ? ["$-1\r\n"] : ["+PONG\r\n"]
        }
        let host = try await LinkHost.start(server.address)
        #expect(await host.get(key) == Array("a".utf8))
        #expect(await eventually { host.counters[.connected] == 2 })
        #expect(await host.get(key) == nil)
        await host.stop()
    }

    @Test func aServerThatAcceptsAndSaysNothingIsGivenUp() async throws {
        let server = FakeRedis { _, connection in connection == 0 ? [] : ["+PONG\r\n"] }
        let host = try await LinkHost.start(server.address, connected: false)
        #expect(await host.get(key) == nil)
        #expect(await eventually { host.counters.status == .ready })
        await host.stop()
    }

    @Test func commandsUnderWayAreBounded() async throws {
        let server = FakeRedis { command, _ in command == "GET" ? [] : ["+PONG\r\n"] }
        let host = try await LinkHost.start(server.address, deadline: .seconds(2))
        let key = key
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<(RedisLink.mostCommands + 500) { group.addTask { _ = await host.get(key) } }
        }
        #expect(host.counters[.dropped] == 500)
        #expect(host.counters[.timeouts] == RedisLink.mostCommands)
        await host.stop()
    }
}
