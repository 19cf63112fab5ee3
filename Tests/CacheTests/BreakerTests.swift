import Loop
import Testing

@testable import Cache

@Suite struct BreakerTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func at(_ milliseconds: Int) -> MonotonicTime { start.advanced(by: .milliseconds(milliseconds)) }

    private func opened() -> Breaker {
        var breaker = Breaker()
        for index in 0..<5 { _ = breaker.missed(at: at(index * 5)) }
        return breaker
    }

    @Test func opensAfterMissesInARowThatSpanSomeTime() {
        var breaker = Breaker()
        for index in 0..<4 { #expect(breaker.missed(at: at(index * 5)) == nil) }
        #expect(breaker.isClosed)
        #expect(breaker.missed(at: at(20)) != nil)
        #expect(breaker.state == .open)
        // It opens once.
        #expect(breaker.missed(at: at(25)) == nil)
    }

    @Test func manyMissesOfOneHiccupDoNotOpenIt() {
        var breaker = Breaker()
        for _ in 0..<1000 { #expect(breaker.missed(at: at(0)) == nil) }
        #expect(breaker.isClosed)
        breaker.answered()
        #expect(breaker.missed(at: at(100)) == nil)
    }

    @Test func anAnswerInTimeEndsTheRun() {
        var breaker = Breaker()
        for index in 0..<4 { _ = breaker.missed(at: at(index * 10)) }
        breaker.answered()
        for index in 4..<8 { #expect(breaker.missed(at: at(index * 10)) == nil) }
        #expect(breaker.missed(at: at(80)) != nil)
    }

    @Test func aProbeAnsweredInTimeClosesItAndALateOneDoublesThePause() throws {
        var breaker = opened()
        breaker.probe()
        #expect(breaker.state == .halfOpen)
        let second = breaker.probeMissed()
        #expect(breaker.state == .open)
        #expect((.milliseconds(100)...(.milliseconds(200))).contains(second))
        breaker.probeAnswered()
        #expect(breaker.state == .open, "the answer to a probe that was late closes nothing")
        breaker.probe()
        breaker.probeAnswered()
        #expect(breaker.isClosed)
        // The pause begins at its first length again.
        for index in 0..<4 { _ = breaker.missed(at: at(index * 5)) }
        let pause = breaker.missed(at: at(20))
        #expect(pause.map { $0 <= .milliseconds(100) } == true)
    }
}

@Suite struct BackoffTests {
    @Test func doublesUpToItsMostAndStartsAgain() {
        var backoff = Backoff(first: .milliseconds(50), most: .milliseconds(300))
        #expect(backoff.failed(random: 0) == .milliseconds(25))
        #expect(backoff.failed(random: 0) == .milliseconds(50))
        #expect(backoff.failed(random: 0.5) == .milliseconds(150))
        for _ in 0..<100 { #expect(backoff.failed(random: 0) == .milliseconds(150)) }
        backoff.succeeded()
        #expect(backoff.failed(random: 0) == .milliseconds(25))
    }
}
