/// `exact`: the same bytes.
struct ExactComparator: Comparator {
    static let name = "exact"

    init(_ options: ComparatorOptions) {}

    func compare(_ answer: [UInt8], with reference: [UInt8], input: [UInt8]) -> ComparisonStep {
        .decided(Comparison(isEqual: answer == reference, similarity: 0))
    }
}
