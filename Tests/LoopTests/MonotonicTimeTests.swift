import Loop
import Testing

@Suite struct MonotonicTimeTests {
    @Test func `Moments move by durations and differ by them`() {
        let start = MonotonicTime(nanoseconds: 5_000_000_000)
        let later = start.advanced(by: .milliseconds(1500))
        #expect(later.nanoseconds == 6_500_000_000)
        #expect(later - start == .milliseconds(1500))
        #expect(start - later == .milliseconds(-1500))
        #expect(start < later)
        #expect(later.advanced(by: .seconds(-6)).nanoseconds == 500_000_000)
    }

    @Test func `The scale's ends hold`() {
        #expect(MonotonicTime(nanoseconds: 10).advanced(by: .seconds(-1)).nanoseconds == 0)
        #expect(MonotonicTime(nanoseconds: .max - 1).advanced(by: .seconds(1)).nanoseconds == .max)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
    }

    @Test func `Time does not run backwards`() {
        var last = MonotonicTime.now()
        for _ in 0..<1000 {
            let now = MonotonicTime.now()
            #expect(now >= last)
            last = now
        }
    }
}
