import Synchronization

/// How many requests of a route may be hedged in this process: a token bucket that every request fills by the share and
/// every hedge takes one from. It starts empty, so the share is never exceeded, and holds ten, so that a quiet hour
/// does not pay for a storm.
final class HedgeBudget: Sendable {
    private static let one = 1_000_000
    private let share: Int
    private let level = Atomic(0)

    /// - Parameter share: from 0 to 1.
    init(share: Double) {
        self.share = Int((share * Double(Self.one)).rounded())
    }

    func earn() {
        if level.load(ordering: .relaxed) < 10 * Self.one { level.add(share, ordering: .relaxed) }
    }

    /// - Returns: whether there was one left.
    func spend() -> Bool {
        if level.subtract(Self.one, ordering: .relaxed).newValue >= 0 { return true }
        level.add(Self.one, ordering: .relaxed)
        return false
    }
}
