import Testing

@testable import Loop

struct ConcurrentMapTests {
    @Test func `What came of each is in the order of the elements, and never are more under way than may`() async throws
    {
        let running = Lock((now: 0, most: 0))
        let outcomes = try await (0..<40).concurrentMap(atMost: 3) { element throws(Oops) in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            for _ in 0..<element % 3 { await Task.yield() }
            running.withLock { $0.now -= 1 }
            return element * 2
        }
        #expect(outcomes == (0..<40).map { $0 * 2 })
        #expect(running.withLock { $0.most } <= 3)
    }

    @Test func `After a failure nothing more begins, and what had begun is told`() async throws {
        let begun = Lock<Set<Int>>([])
        let cancelled = Lock(0)
        await #expect(throws: Oops.self) {
            _ = try await (0..<40).concurrentMap(atMost: 2) { element throws(Oops) in
                begun.withLock { _ = $0.insert(element) }
                if element == 3 { throw Oops() }
                guard element > 3 else { return }
                // Its neighbour would wait for good if it were not told.
                do { try await Task.sleep(for: .seconds(3600)) } catch { cancelled.withLock { $0 += 1 } }
            }
        }
        #expect(begun.withLock { $0 }.isSuperset(of: 0...3))
        #expect(begun.withLock { $0.count } <= 5)
        #expect(cancelled.withLock { $0 } == begun.withLock { $0.count } - 4)
    }

    @Test func `How many have ended is told, each once`() async throws {
        var told: [Int] = []
        _ = try await (0..<10).concurrentMap(atMost: 4, whenDone: { told.append($0) }) { element throws(Oops) in element
        }
        #expect(told == Array(1...10))
    }

    @Test func `Of nothing comes nothing`() async throws {
        let outcomes = try await [Int]().concurrentMap(atMost: 2) { element throws(Oops) in element }
        #expect(outcomes.isEmpty)
    }
}
