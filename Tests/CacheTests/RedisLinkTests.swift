import Loop
import Testing

@testable import Cache

/// Against a real redis-server.
@Suite struct RedisLinkTests {
    private let key = sampleKey()
    private let value = Array("value".utf8)

    @Test func whatIsStoredIsFoundUntilItIsDeleted() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        #expect(await host.get(key) == nil)
        await host.store(key, value)
        #expect(await host.get(key) == value)
        #expect(server.command("GET", "understudy:answer:\(key.hex)") == "$5\r\nvalue\r\n")
        await host.delete(key)
        #expect(await host.get(key) == nil)
        #expect(host.counters[.hits] == 1)
        #expect(host.counters[.misses] == 2)
        #expect(host.counters[.stored] == 1)
        await host.stop()
    }

    @Test func storesWithTheTimeToLive() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        await host.store(key, value, ttl: .seconds(100))
        let left = server.command("PTTL", "understudy:answer:\(key.hex)")
        #expect((1...100_000).contains(Int(left.dropFirst().dropLast(1)) ?? 0))
        await host.store(key, Array("x".utf8), ttl: .zero)
        #expect(await host.get(key) == value)
        await host.stop()
    }

    @Test func aThousandAtOnceGetEachItsOwn() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        let keys = (0..<1000).map { sampleKey("many \($0)") }
        for (index, key) in keys.enumerated() { await host.set(key, Array("\(index)".utf8)) }
        await host.drain(within: .seconds(20))
        #expect(await host.unanswered == 0)
        let right = await withTaskGroup(of: Bool.self) { group in
            for (index, key) in keys.enumerated() {
                group.addTask { await host.get(key) == Array("\(index)".utf8) }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 1000)
        await host.stop()
    }

    @Test func largeValuesPassInPieces() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        await host.store(key, large)
        #expect(await host.get(key) == large)
        await host.stop()
    }

    @Test func answersComeBackAndForeignValuesAreCountedMisses() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        let name = "understudy:answer:\(key.hex)"
        let answer = sampleAnswer(key)
        await host.store(key, answer.encode())
        #expect(same(await host.recall(key), answer))

        _ = server.command("SET", name, "garbage")
        #expect(await host.recall(key) == nil)
        #expect(host.counters[.corrupt] == 1)
        _ = server.command("DEL", name)
        _ = server.command("LPUSH", name, "a list")
        #expect(await host.recall(key) == nil)
        #expect(host.counters[.corrupt] == 2)
        await host.store(key, sampleAnswer(sampleKey("another")).encode())
        #expect(await host.recall(key) == nil)
        #expect(host.counters[.corrupt] == 3)

        // Overwritten, it is whole again.
        await host.store(key, answer.encode())
        #expect(same(await host.recall(key), answer))
        #expect(host.counters[.hits] == 2)
        await host.stop()
    }

    @Test func anAnswerWhoseTimeIsOverIsAMiss() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        await host.store(key, sampleAnswer(key, storedAt: unixNow() - 5_000, ttl: .seconds(4)).encode())
        #expect(await host.recall(key) == nil)
        #expect(host.counters[.misses] == 1)
        await host.stop()
    }

    @Test func aPausedRedisIsAMissThenSkippedThenUsedAgain() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address, deadline: .milliseconds(5))
        #expect(
            await eventually {
                await host.store(key, value); return host.counters[.stored] > 0
            }
        )
        server.pause()
        await host.askUntilSkipped(key)
        // On a very busy machine the silence may be noticed first.
        #expect(
            host.counters[.breakerOpened] == 1 && host.counters[.timeouts] >= 5 || host.counters[.disconnected] == 1
        )
        #expect(await host.get(key) == nil)
        #expect(host.counters[.skipped] > 0)
        // A SET is settled all the same.
        await host.store(sampleKey(), value)
        server.resume()
        #expect(await eventually { await host.get(key) == value })
        // No reply of before is taken for one of now.
        #expect(await eventually { await host.get(sampleKey()) == nil && host.counters[.misses] > 0 })
        await host.stop()
    }

    @Test func aLateReplyIsNotTakenForTheNext() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address, deadline: .milliseconds(300))
        let other = sampleKey()
        await host.store(key, value)
        await host.store(other, Array("other".utf8))
        server.pause()
        #expect(await host.get(key) == nil)
        server.resume()
        #expect(await eventually { await host.get(other) == Array("other".utf8) })
        #expect(await host.get(key) == value)
        #expect(host.counters[.timeouts] >= 1)
        await host.stop()
    }

    @Test func aDropWhileRedisCannotBeToldIsMadeUpFor() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address, deadline: .milliseconds(5))
        #expect(
            await eventually {
                await host.store(key, value); return await host.get(key) != nil
            }
        )
        server.pause()
        await host.askUntilSkipped(key)
        await host.delete(key)
        server.resume()
        #expect(await eventually { server.command("EXISTS", "understudy:answer:\(key.hex)") == ":0\r\n" })
        await host.stop()
    }

    @Test func aRestartedRedisIsFoundAgain() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        await host.store(key, value)
        server.kill()
        #expect(await eventually { host.counters.status == .disconnected })
        #expect(await host.get(key) == nil)
        #expect(host.counters[.skipped] == 1)
        #expect(host.counters.lastError != nil)
        try server.start()
        #expect(await eventually { host.counters.status == .ready })
        #expect(host.counters.lastError == nil)
        await host.store(key, value)
        #expect(await host.get(key) == value)
        #expect(host.counters[.connected] == 2)
        #expect(host.counters[.disconnected] == 1)
        await host.stop()
    }

    @Test func aRedisThatWasNeverThereIsAMissAtOnceAndFoundWhenItComes() async throws {
        let server = try RedisServer()
        server.kill()
        let host = try await LinkHost.start(server.address, connected: false)
        #expect(await host.get(key) == nil)
        let notice = Notice()
        await host.set(key, value, owner: notice)
        #expect(notice.count == 1)
        try server.start()
        #expect(await eventually { host.counters.status == .ready })
        await host.stop()
    }

    @Test func aFullRedisRefusesSetsAndStillAnswersGets() async throws {
        let server = try RedisServer("--maxmemory-policy", "noeviction")
        let host = try await LinkHost.start(server.address)
        await host.store(key, value)
        _ = server.command("CONFIG", "SET", "maxmemory", "1mb")
        let other = sampleKey()
        await host.store(other, [UInt8](repeating: 1, count: 500_000))
        #expect(
            await eventually {
                await host.store(other, [UInt8](repeating: 1, count: 500_000)); return host.counters[.notStored] > 0
            }
        )
        #expect(host.counters.lastError?.contains("OOM") == true)
        #expect(await host.get(key) == value)
        #expect(host.counters.status == .ready)
        await host.stop()
    }

    @Test func entersWithPasswordUserAndDatabase() async throws {
        let server = try RedisServer("--requirepass", "s3cret/@")
        let host = try await LinkHost.start(
            RedisAddress(place: .unix(path: server.socket), password: "s3cret/@", database: 3)
        )
        await host.store(key, value)
        #expect(await host.get(key) == value)
        await host.stop()

        let wrong = try await LinkHost.start(
            RedisAddress(place: .unix(path: server.socket), password: "no"),
            connected: false
        )
        #expect(await eventually { wrong.counters.lastError?.contains("AUTH refused") == true })
        #expect(await wrong.get(key) == nil)
        await wrong.stop()
        let none = try await LinkHost.start(server.address, connected: false)
        #expect(await eventually { none.counters.lastError?.contains("NOAUTH") == true })
        #expect(none.counters.lastError?.contains("s3cret") == false)
        await none.stop()

        let open = try RedisServer()
        #expect(open.command("ACL", "SETUSER", "gateway", "on", ">pw", "~*", "+@all") == "+OK\r\n")
        let named = try await LinkHost.start(
            RedisAddress(place: .unix(path: open.socket), user: "gateway", password: "pw")
        )
        await named.store(key, value)
        #expect(await named.get(key) == value)
        await named.stop()
    }

    @Test func aNameIsLookedUpOffTheLoop() async throws {
        // Nothing listens there: what matters is that the name is found and a connect is tried.
        let host = try await LinkHost.start(RedisAddress(place: .tcp(host: "localhost", port: 1)), connected: false)
        #expect(await eventually { host.counters.lastError?.contains("connect:") == true })
        #expect(await host.get(key) == nil)
        await host.stop()
        let nowhere = try await LinkHost.start(
            RedisAddress(place: .tcp(host: "name.invalid", port: 6379)),
            connected: false
        )
        #expect(await eventually { nowhere.counters.lastError?.contains("no address") == true })
        await nowhere.stop()
    }

    @Test func closingEndsWhatIsUnderWay() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address)
        server.pause()
        let key = key
        async let waiting = host.get(key)
        #expect(await eventually { await host.unanswered == 1 })
        let notice = Notice()
        await host.set(key, value, owner: notice)
        await host.close()
        #expect(await waiting == nil)
        #expect(notice.count == 1)
        #expect(await host.get(key) == nil)
        server.resume()
        await host.stop()
    }

    @Test func theOwnerOfASetIsToldOnceAlsoWhenItIsLate() async throws {
        let server = try RedisServer()
        let host = try await LinkHost.start(server.address, deadline: .milliseconds(50))
        server.pause()
        let notice = Notice()
        await host.set(key, value, owner: notice)
        await notice.settled()
        server.resume()
        #expect(await eventually { host.counters[.stored] == 1 })
        #expect(notice.count == 1)
        await host.stop()
    }
}
