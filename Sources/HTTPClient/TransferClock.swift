/// The clocks of one transfer as a value: which limit runs out next, and what it means. Times are nanoseconds of
/// `CLOCK_MONOTONIC`. Bytes are those that say something: the receiver tells.
///
///     made ──queue──► asked ──► first bytes of the body ──► bytes ... end
///      │ busy: total    │ first_token (streams) │ between_tokens (streams; not while paused)
///      │                │ total ─────────────────────────────────────────►
///      │ deadline ──────┴───────────────────────────────────────────────►  unless it is lifted
struct TransferClock {
    var timeouts: UpstreamTimeouts
    var isStream: Bool
    /// `.max`: none.
    var deadline: UInt64
    /// When the call was made.
    var made: UInt64
    /// When the upstream was asked; nil while the call waits in our queue.
    var asked: UInt64?
    /// When bytes of the body that say something came last, or a paused stream went on.
    var progress: UInt64?
    var isPaused = false

    /// Of a transfer between two calls: it counts nothing yet.
    static let idle = TransferClock(
        timeouts: UpstreamTimeouts(firstToken: .zero, betweenTokens: .zero, total: .zero),
        isStream: false,
        deadline: .max,
        made: 0
    )

    struct Due: Equatable {
        var at: UInt64
        var kind: UpstreamError.Kind
    }

    /// The limit that runs out next if nothing happens.
    func due() -> Due {
        guard let asked else {
            return earlier(Due(at: plus(made, timeouts.totalTime), kind: .busy), Due(at: deadline, kind: .deadline))
        }
        let total = Due(at: plus(asked, timeouts.totalTime), kind: .total)
        guard isStream else { return earlier(total, Due(at: deadline, kind: .deadline)) }
        guard let progress else {
            let first = Due(at: plus(asked, timeouts.firstTokenTime), kind: .firstToken)
            return earlier(earlier(first, total), Due(at: deadline, kind: .deadline))
        }
        let end = earlier(total, Due(at: deadline, kind: .deadline))
        if isPaused { return end }
        return earlier(Due(at: plus(progress, timeouts.betweenTokensTime), kind: .betweenTokens), end)
    }

    private func plus(_ moment: UInt64, _ time: UInt64) -> UInt64 {
        let (sum, overflow) = moment.addingReportingOverflow(time)
        return overflow ? .max : sum
    }

    private func earlier(_ a: Due, _ b: Due) -> Due {
        b.at < a.at ? b : a
    }
}
