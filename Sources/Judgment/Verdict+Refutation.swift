extension Verdict {
    /// The judgment on an answer that was given up before it had ended.
    /// - Parameter checks: how many the judge has; none of them was run to its end.
    public init(_ refutation: Refutation, checks: Int) {
        self.init(
            reason: refutation.reason,
            consequence: refutation.consequence,
            detail: refutation.detail,
            score: nil,
            failedChoice: refutation.choice,
            checks: CheckOutcomes(count: checks),
            refused: false,
            onlyConfidenceFailed: refutation.reason == .lowConfidence
        )
    }
}
