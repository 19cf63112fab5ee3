import Testing

@testable import Gateway

struct SpendLedgerTests {
    private let ledger = SpendLedger(route: "r", ceiling: 1, window: .seconds(10))
    private let now = 1_000_000

    /// Redis as one number.
    private struct Sum {
        var total = 0.0

        mutating func exchange(_ ledger: SpendLedger, at now: Int) {
            let (window, usd) = ledger.takeUnsent(at: now)
            total += usd
            ledger.settle(window: window, sent: usd, total: total)
        }
    }

    @Test func `what is spent counts at once, and the ceiling itself is over`() {
        ledger.add(0.4, at: now)
        #expect(ledger.spent(at: now) == 0.4)
        #expect(!ledger.isOver(at: now))
        ledger.add(0.6, at: now + 1)
        #expect(ledger.isOver(at: now + 1))
    }

    @Test func `the next window begins with nothing`() {
        ledger.add(5, at: now)
        #expect(ledger.standing(at: now + 9_999).isOver)
        #expect(ledger.standing(at: now + 9_999).left == .milliseconds(1))
        #expect(ledger.standing(at: now + 10_000).spent == 0)
        #expect(ledger.takeUnsent(at: now + 10_000).usd == 0)
    }

    @Test func `a new ceiling forgets nothing`() {
        ledger.add(1.5, at: now)
        ledger.setCeiling(2)
        #expect(!ledger.isOver(at: now))
        ledger.setCeiling(1.5)
        #expect(ledger.isOver(at: now))
    }

    @Test func `two ledgers on one sum count what both spent`() {
        let other = SpendLedger(route: "r", ceiling: 1, window: .seconds(10))
        var sum = Sum()
        ledger.add(0.5, at: now)
        other.add(0.25, at: now)
        sum.exchange(ledger, at: now)
        sum.exchange(other, at: now)
        #expect(other.spent(at: now) == 0.75)
        #expect(ledger.spent(at: now) == 0.5)
        sum.exchange(ledger, at: now)
        #expect(ledger.spent(at: now) == 0.75)
        other.add(0.25, at: now)
        sum.exchange(other, at: now)
        sum.exchange(ledger, at: now)
        #expect(ledger.isOver(at: now) && other.isOver(at: now))
        #expect(sum.total == 1)
    }

    @Test func `what is spent while Redis is asked is neither lost nor counted twice`() {
        ledger.add(0.25, at: now)
        let (window, usd) = ledger.takeUnsent(at: now)
        ledger.add(0.125, at: now)
        ledger.settle(window: window, sent: usd, total: 0.75)
        #expect(ledger.spent(at: now) == 0.875)
        #expect(ledger.takeUnsent(at: now).usd == 0.125)
    }

    @Test func `what Redis did not answer is sent again`() {
        ledger.add(0.25, at: now)
        let (window, usd) = ledger.takeUnsent(at: now)
        ledger.settle(window: window, sent: usd, total: nil)
        ledger.add(0.5, at: now)
        #expect(ledger.spent(at: now) == 0.75)
        #expect(ledger.takeUnsent(at: now).usd == 0.75)
    }

    @Test func `an answer that comes in the next window is of no account`() {
        ledger.add(0.25, at: now)
        let (window, usd) = ledger.takeUnsent(at: now)
        #expect(ledger.spent(at: now + 10_000) == 0)
        ledger.settle(window: window, sent: usd, total: 9)
        #expect(ledger.spent(at: now + 10_000) == 0)
        ledger.settle(window: window, sent: usd, total: nil)
        #expect(ledger.takeUnsent(at: now + 10_000).usd == 0)
    }

    @Test func `a Redis that has lost the sum is told it again by all`() {
        let other = SpendLedger(route: "r", ceiling: 10, window: .seconds(10))
        var sum = Sum()
        ledger.add(0.5, at: now)
        other.add(0.25, at: now)
        for one in [ledger, other, ledger] { sum.exchange(one, at: now) }
        sum.total = 0
        ledger.add(0.125, at: now)
        sum.exchange(ledger, at: now)
        #expect(ledger.spent(at: now) == 0.875)
        for one in [other, ledger, other, ledger] { sum.exchange(one, at: now) }
        #expect(sum.total == 0.875)
        #expect(ledger.spent(at: now) == 0.875 && other.spent(at: now) == 0.875)
    }

    @Test func `a loss shows also where more was spent since than was lost`() {
        var sum = Sum()
        ledger.add(0.25, at: now)
        sum.exchange(ledger, at: now)
        sum.total = 0
        ledger.add(0.5, at: now)
        sum.exchange(ledger, at: now)
        sum.exchange(ledger, at: now)
        #expect(sum.total == 0.75)
        #expect(ledger.spent(at: now) == 0.75)
    }
}
