/// What became of one check.
public enum CheckOutcome: String, Sendable {
    case pass
    case fail
    /// Not reached: something before it had decided.
    case notRun = "not_run"
}

/// The outcome of each check of a route, in the order of its list. Two words, so that a verdict allocates nothing.
public struct CheckOutcomes: Sendable, Equatable, RandomAccessCollection {
    public let count: Int
    private var passed: UInt32 = 0
    private var failed: UInt32 = 0

    init(count: Int) {
        precondition(count <= Judge.maximumChecks, "a judge holds at most \(Judge.maximumChecks) checks")
        self.count = count
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public subscript(position: Int) -> CheckOutcome {
        let bit = UInt32(1) << UInt32(position)
        if failed & bit != 0 { return .fail }
        return passed & bit != 0 ? .pass : .notRun
    }

    mutating func record(_ position: Int, passed didPass: Bool) {
        let bit = UInt32(1) << UInt32(position)
        if didPass { passed |= bit } else { failed |= bit }
    }
}

/// The judgment on one answer.
public struct Verdict: Sendable {
    /// What follows from it.
    public enum Consequence: Sendable {
        /// The answer may be given.
        case give
        /// Another model should answer.
        case fallback
        /// The exchange is to end with an error (`when_missing: fail`).
        case error
    }

    public var accepted: Bool { reason == .accept }
    public let reason: VerdictReason
    public let consequence: Consequence
    /// The failing check's own words, short, with the position where there is one. For records and candidates.
    public let detail: String?
    /// The configured score, the least over all choices; nil without a confidence rule or without log-probabilities.
    public let score: Double?
    /// Position (in the answer's list) of the choice that decided; nil if accepted.
    public let failedChoice: Int?
    /// A check counts as failed if it failed for any choice that was judged.
    public let checks: CheckOutcomes
    /// A choice was a refusal and the policy lets refusals through: such an answer is given and not cached.
    public let refused: Bool
    /// Rejected, and nothing but confidence spoke against any choice: what `on_large_error: small` may still give.
    public let onlyConfidenceFailed: Bool

    /// Accepted, and no refusal among it.
    public var mayBeRemembered: Bool { accepted && !refused }
}
