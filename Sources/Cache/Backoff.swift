/// How long to wait before the next attempt: doubling from `first` to `most`, each wait drawn from its upper half, so
/// that many gateways do not come back to one Redis at the same moment.
struct Backoff {
    let first: Duration
    let most: Duration
    private var failures = 0

    init(first: Duration, most: Duration) {
        self.first = first
        self.most = most
    }

    mutating func succeeded() { failures = 0 }

    /// - Parameter random: from 0 up to, not including, 1.
    mutating func failed(random: Double = .random(in: 0..<1)) -> Duration {
        var whole = first
        for _ in 0..<min(failures, 30) where whole < most { whole *= 2 }
        failures += 1
        return min(whole, most) * (0.5 + random / 2)
    }
}
