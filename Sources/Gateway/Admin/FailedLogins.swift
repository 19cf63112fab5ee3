import Loop

/// Counts wrong tokens by the address they come from: after ten within a minute, nothing more from there is looked at
/// until the minute is over. Bounded: of a thousand addresses at once the rest share one count.
struct FailedLogins {
    static let allowed = 10
    static let window: Duration = .seconds(60)
    private static let addresses = 1000

    private struct Count {
        var since: MonotonicTime
        var failures: Int
    }

    private var counts: [SocketAddress.Host?: Count] = [:]

    /// Seconds to wait; nil where there is nothing to wait for.
    mutating func wait(for host: SocketAddress.Host?, now: MonotonicTime) -> Int? {
        guard let count = counts[key(host, now)], count.failures >= Self.allowed else { return nil }
        let left = Self.window - (now - count.since)
        return left > .zero ? max(1, Int(left.seconds.rounded(.up))) : nil
    }

    mutating func note(_ host: SocketAddress.Host?, now: MonotonicTime) {
        let key = key(host, now)
        if let count = counts[key], now - count.since < Self.window {
            counts[key]?.failures += 1
        } else {
            counts[key] = Count(since: now, failures: 1)
        }
    }

    private mutating func key(_ host: SocketAddress.Host?, _ now: MonotonicTime) -> SocketAddress.Host? {
        guard counts[host] == nil, counts.count >= Self.addresses else { return host }
        counts = counts.filter { now - $0.value.since < Self.window }
        return counts.count < Self.addresses ? host : nil
    }
}
