import Harvest
import JSON
import Judgment
import Statistics

/// How often large says what reviewers say: may its answers be trained on that nobody looked at?
///
/// Of near-identical inputs one counts: they were decided together, and five copies of one decision are one.
public struct LargeTrust: Sendable, Equatable {
    /// From so many reviewed answers on, it is asked.
    public static let enough = 50
    /// The share that must be proven.
    public static let least = 0.85

    public internal(set) var agreed = 0
    public internal(set) var of = 0

    /// The share is at least this, at 95 %.
    public var low: Double { of == 0 ? 0 : Binomial.lowerBound(agreed, of: of, confidence: 0.95) }

    /// False where enough was reviewed, and does not prove it.
    public var isEnough: Bool { of < Self.enough || low >= Self.least }

    init(agreed: Int = 0, of: Int = 0) {
        self.agreed = agreed
        self.of = of
    }

    /// - Parameter candidates: reviewed ones of the contract in force, the newest first.
    init(_ candidates: [Candidate], comparator: any Comparator) {
        var groups = InputGroups()
        var seen: Set<Int> = []
        for candidate in candidates {
            guard let agrees = Self.agrees(candidate, comparator), let input = candidate.input,
                seen.insert(groups.add(input)).inserted
            else { continue }
            of += 1
            if agrees { agreed += 1 }
        }
    }

    /// Whether a reviewer's answer is large's; nil where that was not decided, or large gave none.
    static func agrees(_ candidate: Candidate, _ comparator: any Comparator) -> Bool? {
        // An imported answer is nobody's but its author's.
        guard candidate.source != .imported, let large = CountedAnswer(candidate) else { return nil }
        switch candidate.status {
        // Neither model is right.
        case .rejected: return false
        case .accepted, .edited:
            guard let completion = candidate.completion else { return true }
            return CountedAnswer.same(completion, large, input: candidate.input ?? "", comparator)
        case .new, .skipped, .incomplete, .audited: return nil
        }
    }

    var members: [JSONTree.Member] {
        [
            .init(
                name: "large_against_reviewed",
                value: .object([
                    .init(name: "agreed", value: .int(agreed)), .init(name: "of", value: .int(of)),
                    .init(name: "low", value: of == 0 ? .null : .double(low)),
                ])
            )
        ]
    }
}

extension CountedAnswer {
    /// Whether two answers say the same: in the same words, or by the route's comparator where it can tell without
    /// asking.
    static func same(_ text: String, _ other: CountedAnswer, input: String, _ comparator: any Comparator) -> Bool {
        let end = text.lastIndex { !$0.isWhitespace }
        let trimmed = end.map { String(text[...$0].drop(while: \.isWhitespace)) } ?? ""
        if trimmed == other.text { return true }
        guard
            case .decided(let found) = comparator.compare(
                Array(trimmed.utf8),
                with: Array(other.text.utf8),
                input: Array(input.utf8)
            )
        else { return false }
        return found.isEqual
    }
}
