import Digest
import Loop
import Testing

@testable import Cache

@Suite struct QuickIndexTests {
    private let start = MonotonicTime.now()
    private let salt = QuickSalt(settings: 1, caller: 1)
    private let raw = Array(#"{"model":"code-search","messages":[]}"#.utf8)
    private let board = AnswerBoard<Int>(memory: 1 << 20)

    private func store(_ answer: CachedAnswer) {
        guard
            case .leads(let flight, let waiter) = board.board(
                answer.key,
                wants: .none,
                now: start,
                accepts: { _ in false }
            )
        else {
            Issue.record("somebody else leads")
            return
        }
        _ = flight.remember(answer, now: start, unixMilliseconds: unixNow())
        flight.publish(1)
        flight.retire()
        waiter.leave()
    }

    private func prepare(_ answer: CachedAnswer, _ raw: [UInt8]) {
        board.prepare(rawBody: raw[...], salt: salt, for: answer, facts: Facts("code-search"), fields: [1], body: [2])
    }

    private func find(_ raw: [UInt8], _ salt: QuickSalt, at now: MonotonicTime) -> PreparedAnswer? {
        board.quick(rawBody: raw, salt: salt, now: now)
    }

    @Test func theSameBodyUnderTheSameSaltIsFound() throws {
        let answer = sampleAnswer(sampleKey())
        store(answer)
        #expect(find(raw, salt, at: start) == nil)
        prepare(answer, raw)
        let found = try #require(find(raw, salt, at: start))
        #expect(found.answer === answer)
        #expect(found.body == [2])
        #expect(found.fields == [1])
        #expect((found.facts as? Facts)?.route == "code-search")
        #expect(board.statistics.preparedHits == 1)
    }

    @Test func anotherBodyOrSaltIsNot() {
        let answer = sampleAnswer(sampleKey())
        store(answer)
        prepare(answer, raw)
        #expect(find(raw + [32], salt, at: start) == nil)
        #expect(find([], salt, at: start) == nil)
        #expect(find(raw, QuickSalt(settings: 2, caller: 1), at: start) == nil)
        #expect(find(raw, QuickSalt(settings: 1, caller: 2), at: start) == nil)
    }

    @Test func itLeavesWithItsEntry() {
        let answer = sampleAnswer(sampleKey(), ttl: .seconds(10))
        store(answer)
        prepare(answer, raw)
        #expect(find(raw, salt, at: start.advanced(by: .seconds(11))) == nil)
        let charged = board.statistics.bytes
        board.drop(answer.key)
        #expect(find(raw, salt, at: start) == nil)
        #expect(board.quick.count == 0)
        #expect(board.statistics.bytes < charged)
        // Too late: the entry has gone.
        prepare(answer, raw)
        #expect(find(raw, salt, at: start) == nil)
        #expect(board.quick.count == 0)
    }

    @Test func itLeavesWhenTheEntryIsReplaced() {
        let key = sampleKey()
        let first = sampleAnswer(key)
        store(first)
        prepare(first, raw)
        let second = sampleAnswer(key)
        store(second)
        #expect(find(raw, salt, at: start) == nil)
        prepare(first, raw)
        #expect(find(raw, salt, at: start) == nil)
        prepare(second, raw)
        #expect(find(raw, salt, at: start)?.answer === second)
    }

    @Test func itIsChargedToTheMemory() {
        let answer = sampleAnswer(sampleKey())
        store(answer)
        let before = board.statistics.bytes
        board.prepare(
            rawBody: [UInt8](repeating: 1, count: 5_000)[...],
            salt: salt,
            for: answer,
            facts: Facts("r"),
            fields: [UInt8](repeating: 2, count: 300),
            body: [UInt8](repeating: 3, count: 7_000)
        )
        #expect(board.statistics.bytes - before > 12_300)
    }

    @Test func anEntryHasAtMostFour() {
        let answer = sampleAnswer(sampleKey())
        store(answer)
        for index in 0..<6 { prepare(answer, raw + Array("\(index)".utf8)) }
        #expect(board.quick.count == 4)
        #expect(find(raw + Array("1".utf8), salt, at: start) == nil)
        #expect(find(raw + Array("2".utf8), salt, at: start) != nil)
    }

    @Test func aHitKeepsItsEntryFromBeingEvicted() {
        let keys = Array(
            (0...).lazy.map { sampleKey("kept \($0)") }.filter { $0.digest.leadingWord & 15 == 5 }.prefix(3)
        )
        let hot = sampleAnswer(keys[0], padding: 300_000)
        store(hot)
        prepare(hot, raw)
        store(sampleAnswer(keys[1], padding: 300_000))
        #expect(find(raw, salt, at: start) != nil)
        store(sampleAnswer(keys[2], padding: 500_000))
        #expect(board.peek(keys[0], now: start) != nil)
        #expect(board.peek(keys[1], now: start) == nil)
    }

    @Test func bodiesTooLongToBeSentTwiceAreNotKept() {
        let answer = sampleAnswer(sampleKey())
        store(answer)
        prepare(answer, [UInt8](repeating: 1, count: 65 * 1024))
        #expect(board.quick.count == 0)
    }
}

/// What a test wants back with what it prepared.
final class Facts: Sendable {
    let route: String

    init(_ route: String) { self.route = route }
}
