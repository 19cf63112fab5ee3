/// The log-probabilities that somebody asks for, or that an answer has: none, or those of the tokens with `top`
/// alternatives each.
///
/// Ordered by how much it is: who wants `.top(2)` is served by `.top(5)`, not by `.top(0)` and not by `.none`.
public enum LogprobWants: Sendable, Hashable, Comparable {
    case none
    case top(Int)

    /// - Parameter top: `topLogprobs` of a stored answer: nil where it has no log-probabilities.
    public init(top: Int?) {
        self = top.map(LogprobWants.top) ?? .none
    }
}
