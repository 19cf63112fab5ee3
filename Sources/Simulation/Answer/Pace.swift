/// When the tokens of an answer are ready: each `gap` after the one before, and up to `jitter` later than that.
///
/// A stream waits for its tokens one by one, a whole answer for all of them at once, with the same draws: both take the
/// same time, so that a cascade of streams can be compared with one of whole answers.
struct Pace: Equatable {
    var gap: Duration
    var jitter: Duration
    private var random: SplitMix

    init(gap: Duration = .zero, jitter: Duration = .zero, seed: UInt64 = 0) {
        self.gap = gap
        self.jitter = jitter
        random = SplitMix(seed: seed)
    }

    /// How long the next `tokens` take.
    mutating func time(for tokens: Int) -> Duration {
        var time = gap * tokens
        if jitter > .zero { for _ in 0..<tokens { time += random.duration(upTo: jitter) } }
        return time
    }
}
