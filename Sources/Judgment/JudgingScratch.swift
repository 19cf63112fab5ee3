/// Memory that judging reuses, one per worker: not shared between threads, nothing in it outlives an answer but its
/// capacity.
public final class JudgingScratch {
    var budget = StepBudget()
    /// Made when the first pattern runs: most answers meet none.
    private(set) lazy var matching = PatternMatching()

    public init() {}

    /// Called by the judge when an answer begins.
    func beginAnswer() {
        budget = StepBudget()
    }
}

@available(*, unavailable, message: "confined to its worker's thread")
extension JudgingScratch: Sendable {}
