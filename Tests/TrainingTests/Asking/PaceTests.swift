import HTTPClient
import Loop
import Testing

@testable import Training

struct PaceTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func head(_ status: Int, _ fields: [String: String] = [:]) -> UpstreamHead {
        UpstreamHead(status: status, fields: fields.map { UpstreamField(name: $0.key, value: $0.value) })
    }

    @Test func `so many at once and no more`() {
        var pace = Pace(most: 2)
        #expect(pace.wait(tokens: 1, at: start) == nil)
        pace.begin(tokens: 1)
        pace.begin(tokens: 1)
        #expect(pace.wait(tokens: 1, at: start) == Pace.whenOneEnds)
        pace.end(head(200), tokens: 1, retryAfter: nil, at: start)
        #expect(pace.wait(tokens: 1, at: start) == nil)
    }

    @Test func `after a refusal nothing leaves before its time, and then half as many`() {
        var pace = Pace(most: 8)
        pace.begin(tokens: 1)
        pace.end(head(429), tokens: 1, retryAfter: .seconds(3), at: start)
        #expect(pace.atOnce == 4)
        #expect(pace.wait(tokens: 1, at: start) == start.advanced(by: .seconds(3)))
        #expect(pace.wait(tokens: 1, at: start.advanced(by: .seconds(3))) == nil)
        for _ in 0..<10 {
            pace.begin(tokens: 1)
            pace.end(head(429), tokens: 1, retryAfter: nil, at: start)
        }
        #expect(pace.atOnce == 1)
        for _ in 0..<20 {
            pace.begin(tokens: 1)
            pace.end(head(200), tokens: 1, retryAfter: nil, at: start)
        }
        #expect(pace.atOnce == 2)
    }

    @Test func `no more requests than the head says are left, until its time`() {
        var pace = Pace(most: 8)
        pace.begin(tokens: 1)
        let fields = ["x-ratelimit-remaining-requests": "2", "x-ratelimit-reset-requests": "1m0s"]
        pace.end(head(200, fields), tokens: 1, retryAfter: nil, at: start)
        for _ in 0..<2 {
            #expect(pace.wait(tokens: 1, at: start) == nil)
            pace.begin(tokens: 1)
        }
        #expect(pace.wait(tokens: 1, at: start) == start.advanced(by: .seconds(60)))
        #expect(pace.wait(tokens: 1, at: start.advanced(by: .seconds(60))) == nil)
    }

    @Test func `nor more tokens; but a call that is larger than all of them is tried when it is alone`() {
        var pace = Pace(most: 8)
        pace.begin(tokens: 100)
        pace.begin(tokens: 100)
        let fields = ["x-ratelimit-remaining-tokens": "350", "x-ratelimit-reset-tokens": "500ms"]
        pace.end(head(200, fields), tokens: 100, retryAfter: nil, at: start)
        // One is under way: a hundred are its.
        #expect(pace.wait(tokens: 250, at: start) == nil)
        #expect(pace.wait(tokens: 251, at: start) == start.advanced(by: .milliseconds(500)))
        pace.end(nil, tokens: 100, retryAfter: nil, at: start)
        #expect(pace.wait(tokens: 10_000, at: start) == nil)
    }
}
