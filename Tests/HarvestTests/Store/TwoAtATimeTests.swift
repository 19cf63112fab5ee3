import Loop
import Testing

@testable import Harvest

@Suite("Two at a time")
struct TwoAtATimeTests {
    @Test("what came of each is in the order of the elements, and never are three under way")
    func order() async throws {
        let running = Lock((now: 0, most: 0))
        let outcomes = try await (0..<40).twoAtATime { element throws(StoreError) in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            for _ in 0..<element % 3 { await Task.yield() }
            running.withLock { $0.now -= 1 }
            return element * 2
        }
        #expect(outcomes == (0..<40).map { $0 * 2 })
        #expect(running.withLock { $0.most } <= 2)
    }

    @Test("after a failure nothing more begins")
    func failure() async throws {
        let begun = Lock<Set<Int>>([])
        await #expect(throws: StoreError.self) {
            try await (0..<40).twoAtATime { element throws(StoreError) in
                begun.withLock { _ = $0.insert(element) }
                if element == 3 { throw .unavailable("away") }
                // Its neighbours take long enough that the failure is heard of before many of them have ended.
                if element > 3 { try? await Task.sleep(for: .milliseconds(20)) }
            }
        }
        let all = begun.withLock { $0 }
        #expect(all.contains(3))
        // Besides those before it, whoever was beside it, and one that began before its failure was heard of.
        #expect(all.count <= 40 / 2)
    }

    @Test("of nothing comes nothing")
    func nothing() async throws {
        let outcomes = try await [Int]().twoAtATime { element throws(StoreError) in element }
        #expect(outcomes.isEmpty)
    }
}
