import Testing

@testable import Training

struct RetryAfterTests {
    @Test(arguments: [
        ("20ms", 20), ("1s", 1000), ("6m0s", 360_000), ("1h2m3.5s", 3_723_500), ("0.25", 250), ("7", 7000),
        ("2d", 172_800_000),
    ])
    func `spans as providers write them`(_ text: String, _ milliseconds: Int) {
        #expect(RetryAfter.span(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "s", "1x", "soon", "-1s", "1s2", "nan", "inf", "1e300h"])
    func `what is no span is none`(_ text: String) {
        #expect(RetryAfter.span(text) == nil)
    }

    @Test func `milliseconds go before seconds, and a date is held against the clock`() {
        #expect(RetryAfter.read(milliseconds: "1500", seconds: "9", now: 0) == .milliseconds(1500))
        #expect(RetryAfter.read(milliseconds: nil, seconds: "2", now: 0) == .seconds(2))
        #expect(RetryAfter.read(milliseconds: "x", seconds: "2.5", now: 0) == .milliseconds(2500))
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(RetryAfter.read(milliseconds: nil, seconds: date, now: 784_111_770) == .seconds(7))
        #expect(RetryAfter.read(milliseconds: nil, seconds: date, now: 784_111_800) == .seconds(0))
        #expect(
            RetryAfter.read(milliseconds: nil, seconds: "Thu, 29 Feb 2024 00:00:00 GMT", now: 1_709_164_000)
                == .seconds(800)
        )
        #expect(RetryAfter.read(milliseconds: nil, seconds: "tomorrow", now: 0) == nil)
        #expect(RetryAfter.read(milliseconds: nil, seconds: nil, now: 0) == nil)
    }
}
