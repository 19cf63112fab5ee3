import Testing

@testable import HTTPClient

struct TransferClockTests {
    private let timeouts = UpstreamTimeouts(
        firstToken: .nanoseconds(200),
        betweenTokens: .nanoseconds(100),
        total: .nanoseconds(1000)
    )

    private func clock(isStream: Bool, deadline: UInt64 = .max) -> TransferClock {
        TransferClock(timeouts: timeouts, isStream: isStream, deadline: deadline, made: 50)
    }

    @Test func `in the queue total means busy`() {
        #expect(clock(isStream: false).due() == .init(at: 1050, kind: .busy))
        #expect(clock(isStream: true, deadline: 60).due() == .init(at: 60, kind: .deadline))
    }

    @Test func `total counts from when the upstream was asked`() {
        var clock = clock(isStream: false)
        clock.asked = 300
        #expect(clock.due() == .init(at: 1300, kind: .total))
        clock.deadline = 1299
        #expect(clock.due() == .init(at: 1299, kind: .deadline))
    }

    @Test func `a call that is no stream has no token limits`() {
        var clock = clock(isStream: false)
        clock.asked = 300
        clock.progress = 400
        #expect(clock.due() == .init(at: 1300, kind: .total))
    }

    @Test func `a stream waits for its first byte, then for each next one, within total`() {
        var clock = clock(isStream: true, deadline: 450)
        clock.asked = 300
        #expect(clock.due() == .init(at: 450, kind: .deadline))
        clock.deadline = 600
        #expect(clock.due() == .init(at: 500, kind: .firstToken))
        #expect(clock.due() == .init(at: 500, kind: .firstToken))
        clock.progress = 450
        #expect(clock.due() == .init(at: 550, kind: .betweenTokens))
        clock.progress = 590
        #expect(clock.due() == .init(at: 600, kind: .deadline))
        clock.deadline = .max
        #expect(clock.due() == .init(at: 690, kind: .betweenTokens))
        clock.progress = 1290
        #expect(clock.due() == .init(at: 1300, kind: .total))
    }

    @Test func `a paused stream has only its total`() {
        var clock = clock(isStream: true)
        clock.asked = 300
        clock.progress = 400
        clock.isPaused = true
        #expect(clock.due() == .init(at: 1300, kind: .total))
    }

    @Test func `limits without end do not wrap around`() {
        let endless = UpstreamTimeouts(firstToken: .seconds(1 << 40), betweenTokens: .zero, total: .seconds(1 << 40))
        var clock = TransferClock(timeouts: endless, isStream: true, deadline: .max, made: .max - 5)
        #expect(clock.due().at == .max)
        clock.asked = .max - 5
        #expect(clock.due().at == .max)
    }
}
