import Loop
import Testing

@testable import Cache

@Suite struct CommandQueueTests {
    private func command(_ key: CacheKey, due: UInt64) -> RedisCommand {
        RedisCommand(kind: .delete(key), deadline: MonotonicTime(nanoseconds: due))
    }

    private func key(of kind: RedisCommand.Kind?) -> CacheKey? {
        if case .delete(let key) = kind { key } else { nil }
    }

    @Test func keepsTheOrderWhileItGrowsAndWraps() {
        var queue = CommandQueue()
        let keys = (0..<1000).map { sampleKey("queue \($0)") }
        var expected = keys[...]
        var wrong = 0
        for (index, key) in keys.enumerated() {
            queue.append(command(key, due: UInt64(index)))
            if index % 3 == 0, self.key(of: queue.removeFirst()?.kind) != expected.removeFirst() { wrong += 1 }
        }
        #expect(queue.count == expected.count)
        while let next = queue.removeFirst() { if key(of: next.kind) != expected.removeFirst() { wrong += 1 } }
        #expect(wrong == 0)
        #expect(expected.isEmpty)
    }

    @Test func eachCommandExpiresOnceAndStaysForItsReply() {
        var queue = CommandQueue()
        for due in 1...4 { queue.append(command(sampleKey("\(due)"), due: UInt64(due * 10))) }
        let now = MonotonicTime(nanoseconds: 25)
        #expect(key(of: queue.expire(at: now) { _ in .givenUp }) == sampleKey("1"))
        #expect(key(of: queue.expire(at: now) { _ in .givenUp }) == sampleKey("2"))
        #expect(queue.expire(at: now) { _ in .givenUp } == nil)
        #expect(queue.nextDeadline == MonotonicTime(nanoseconds: 30))
        #expect(queue.count == 4)
        for _ in 0..<2 {
            guard case .givenUp = queue.removeFirst()?.kind else {
                Issue.record("an expired command is not what it was made")
                return
            }
        }
        #expect(key(of: queue.removeFirst()?.kind) == sampleKey("3"))
        // Answered in time, it cannot expire any more.
        #expect(key(of: queue.expire(at: MonotonicTime(nanoseconds: 99)) { $0 }) == sampleKey("4"))
        #expect(queue.nextDeadline == nil)
    }
}
