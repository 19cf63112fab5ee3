import Digest
import Loop
import Testing

@testable import Cache

@Suite struct AnswerBoardTests {
    private let start = MonotonicTime.now()

    /// Leads a flight to its end.
    private func land(_ board: AnswerBoard<Int>, _ answer: CachedAnswer, now: MonotonicTime) {
        guard
            case .leads(let flight, let waiter) = board.board(
                answer.key,
                wants: .none,
                now: now,
                accepts: { _ in false }
            )
        else {
            Issue.record("somebody else leads")
            return
        }
        _ = flight.remember(answer, now: now, unixMilliseconds: unixNow())
        flight.publish(1)
        flight.retire()
        waiter.leave()
    }

    private func hit(_ board: AnswerBoard<Int>, _ key: CacheKey, wants: LogprobWants = .none, now: MonotonicTime? = nil)
        -> CachedAnswer?
    {
        if case .hit(let answer) = board.board(key, wants: wants, now: now ?? start, accepts: { _ in true }) {
            return answer
        }
        return nil
    }

    @Test func whatLandedIsFound() {
        let board = AnswerBoard<Int>(memory: 1 << 20)
        let answer = sampleAnswer(sampleKey())
        #expect(hit(board, answer.key) == nil)
        land(board, answer, now: start)
        #expect(hit(board, answer.key) === answer)
    }

    @Test func anEntryIsNotFoundAfterItsTime() {
        let board = AnswerBoard<Int>(memory: 1 << 20)
        let answer = sampleAnswer(sampleKey(), ttl: .seconds(10))
        land(board, answer, now: start)
        #expect(hit(board, answer.key, now: start.advanced(by: .seconds(9))) === answer)
        #expect(hit(board, answer.key, now: start.advanced(by: .seconds(11))) == nil)
    }

    @Test func timeSpentInRedisCountsToo() {
        let board = AnswerBoard<Int>(memory: 1 << 20)
        let answer = sampleAnswer(sampleKey(), storedAt: unixNow() - 9_000, ttl: .seconds(10))
        land(board, answer, now: start)
        #expect(hit(board, answer.key, now: start) === answer)
        #expect(hit(board, answer.key, now: start.advanced(by: .seconds(2))) == nil)
    }

    @Test func noTimeToLiveMeansNotRememberedAnywhere() {
        let board = AnswerBoard<Int>(memory: 1 << 20)
        let answer = sampleAnswer(sampleKey(), ttl: .zero)
        guard case .leads(let flight, let waiter) = board.board(answer.key, wants: .none, accepts: { _ in true }) else {
            Issue.record("no flight")
            return
        }
        #expect(!flight.remember(answer, unixMilliseconds: unixNow()))
        flight.publish(1)
        flight.retire()
        waiter.leave()
        #expect(hit(board, answer.key) == nil)
    }

    @Test func noMemoryMeansNothingInTheProcessButRedisMayHaveIt() {
        let board = AnswerBoard<Int>(memory: 0)
        let answer = sampleAnswer(sampleKey())
        guard case .leads(let flight, let waiter) = board.board(answer.key, wants: .none, accepts: { _ in true }) else {
            Issue.record("no flight")
            return
        }
        #expect(flight.remember(answer, unixMilliseconds: unixNow()))
        flight.publish(1)
        flight.retire()
        waiter.leave()
        #expect(hit(board, answer.key) == nil)
        #expect(board.statistics.bytes == 0)
    }

    @Test func anEntryThatTheCallerRejectsIsAMissAndIsReplaced() {
        let board = AnswerBoard<Int>(memory: 1 << 20)
        let key = sampleKey()
        land(board, sampleAnswer(key, score: -5), now: start)
        let better = sampleAnswer(key, score: -0.1)
        guard
            case .leads(let flight, let waiter) = board.board(
                key,
                wants: .none,
                now: start,
                accepts: { $0.score! > -1 }
            )
        else {
            Issue.record("a rejected entry was a hit")
            return
        }
        _ = flight.remember(better, now: start, unixMilliseconds: unixNow())
        flight.publish(1)
        flight.retire()
        waiter.leave()
        #expect(hit(board, key) === better)
        #expect(board.statistics.entries == 1)
    }

    @Test func whoWantsMoreLogprobsThanTheEntryHasMisses() {
        let board = AnswerBoard<Int>(memory: 1 << 20)
        let answer = sampleAnswer(sampleKey(), top: 2)
        land(board, answer, now: start)
        #expect(hit(board, answer.key, wants: .top(2)) === answer)
        #expect(hit(board, answer.key, wants: .top(0)) === answer)
        #expect(hit(board, answer.key, wants: .top(3)) == nil)
        let none = sampleAnswer(sampleKey(), top: nil)
        land(board, none, now: start)
        #expect(hit(board, none.key, wants: .top(0)) == nil)
        #expect(hit(board, none.key, wants: .none) === none)
    }

    @Test func theLeastRecentlyUsedGoesFirst() {
        let board = AnswerBoard<Int>(memory: 1 << 20)
        // One shard: keys whose first bits are the same.
        let keys = (0...).lazy.map { sampleKey("lru \($0)") }.filter { $0.digest.leadingWord & 15 == 3 }
        let answers = keys.prefix(3).map { sampleAnswer($0, padding: 300_000) }
        land(board, answers[0], now: start)
        land(board, answers[1], now: start)
        #expect(hit(board, answers[0].key) != nil)
        #expect(board.statistics.entries == 2)
        land(board, sampleAnswer(answers[2].key, padding: 500_000), now: start)
        #expect(hit(board, answers[0].key) != nil)
        #expect(hit(board, answers[1].key) == nil)
        #expect(board.statistics.evicted == 1)
    }

    @Test func anAnswerLargerThanTheCacheIsNotStored() {
        let board = AnswerBoard<Int>(memory: 100_000)
        let answer = sampleAnswer(sampleKey(), padding: 200_000)
        land(board, answer, now: start)
        #expect(hit(board, answer.key) == nil)
        #expect(board.statistics.tooLarge == 1)
    }

    @Test func memoryIsBoundedAndAccountedExactlyUnderChurn() {
        let limit = 300_000
        let board = AnswerBoard<Int>(memory: limit)
        var random = SplitMix(state: 3)
        let keys = (0..<400).map { sampleKey("churn \($0)") }
        var most = 0
        for round in 0..<2_500 {
            let key = keys.randomElement(using: &random)!
            switch Int.random(in: 0..<10, using: &random) {
            case 0: board.drop(key)
            case 1, 2:
                if let answer = board.peek(key) {
                    let raw = Array("body of \(key) \(round % 7)".utf8)
                    let salt = QuickSalt(settings: 1, caller: 1)
                    board.prepare(rawBody: raw[...], salt: salt, for: answer, facts: Facts("r"), fields: raw, body: raw)
                    _ = board.quick(rawBody: raw, salt: salt)
                }
            case 3...5: _ = board.peek(key)
            default: land(board, sampleAnswer(key, padding: Int.random(in: 0..<4000, using: &random)), now: start)
            }
            most = max(most, board.statistics.bytes)
        }
        #expect(most <= limit)
        #expect(most > limit * 9 / 10)
        #expect(board.statistics.evicted > 100)
        // What is counted is what is there: when all has been dropped, only the tables are left.
        for key in keys { board.drop(key) }
        let tables = board.shards.reduce(0) { sum, shard in sum + shard.state.withLock { $0.entries.overhead } }
        #expect(board.statistics.bytes == tables)
        #expect(board.statistics.entries == 0)
        #expect(board.quick.count == 0)
        #expect(board.statistics.flights == 0)
    }

    @Test func underALowerLimitTheOldestGoAndWhatIsLeftIsFoundAndCounted() {
        let board = AnswerBoard<Int>(memory: 4 << 20)
        let keys = (0..<1_000).map { sampleKey("lower \($0)") }
        let raw = Array("body".utf8)
        for key in keys {
            let answer = sampleAnswer(key, padding: 1_000)
            land(board, answer, now: start)
            let salt = QuickSalt(settings: 1, caller: UInt64(truncatingIfNeeded: key.hashValue))
            board.prepare(rawBody: raw[...], salt: salt, for: answer, facts: Facts("r"), fields: raw, body: raw)
        }
        #expect(board.statistics.entries == 1_000)
        let before = board.statistics.bytes
        board.limit(memory: 600_000)
        #expect(board.memory == 600_000)
        let kept = board.statistics
        #expect(kept.bytes <= 600_000)
        #expect(kept.bytes > 500_000, "no more than has to goes: of \(before) bytes \(kept.bytes) are left")
        #expect(kept.entries + kept.evicted == 1_000)
        #expect(board.quick.count == kept.entries)
        // Keys are spread over shards by chance; the newest are in none of them the oldest.
        for key in keys.suffix(50) { #expect(hit(board, key) != nil) }
        for key in keys.prefix(50) { #expect(hit(board, key) == nil) }
        for key in keys { board.drop(key) }
        let tables = board.shards.reduce(0) { sum, shard in sum + shard.state.withLock { $0.entries.overhead } }
        #expect(board.statistics.bytes == tables)
        #expect(board.quick.count == 0)
    }

    @Test func aLimitOfNothingLeavesNothingAndAHigherOneLetsInAgain() {
        let board = AnswerBoard<Int>(memory: 1 << 20)
        let answers = (0..<100).map { sampleAnswer(sampleKey("none \($0)"), padding: 1_000) }
        for answer in answers { land(board, answer, now: start) }
        board.limit(memory: 0)
        #expect(board.statistics.bytes == 0)
        land(board, answers[0], now: start)
        #expect(hit(board, answers[0].key) == nil)
        board.limit(memory: 1 << 20)
        for answer in answers { land(board, answer, now: start) }
        #expect(answers.allSatisfy { hit(board, $0.key) === $0 })
    }

    @Test func threadsMayStoreAtOnce() async {
        let board = AnswerBoard<Int>(memory: 200_000)
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for round in 0..<300 {
                        let key = sampleKey("shared \((round &* 7 &+ worker) % 150)")
                        switch board.board(key, wants: .none, accepts: { _ in true }) {
                        case .hit(let answer):
                            let raw = Array(key.hex.utf8)
                            board.prepare(
                                rawBody: raw[...],
                                salt: QuickSalt(settings: 1, caller: 2),
                                for: answer,
                                facts: Facts("r"),
                                fields: [],
                                body: raw
                            )
                            _ = board.quick(rawBody: raw, salt: QuickSalt(settings: 1, caller: 2))
                        case .joined(let waiter): _ = await waiter.outcome()
                        case .leads(let flight, let waiter):
                            _ = flight.remember(sampleAnswer(key, padding: 2_000), unixMilliseconds: unixNow())
                            flight.publish(worker)
                            flight.retire()
                            waiter.leave()
                        }
                        if round % 50 == 0 { board.drop(key) }
                        if worker == 0, round % 40 == 0 { board.limit(memory: round % 80 == 0 ? 50_000 : 200_000) }
                    }
                }
            }
        }
        for index in 0..<150 { board.drop(sampleKey("shared \(index)")) }
        let tables = board.shards.reduce(0) { sum, shard in sum + shard.state.withLock { $0.entries.overhead } }
        #expect(board.statistics.bytes == tables)
        #expect(board.quick.count == 0)
    }
}
