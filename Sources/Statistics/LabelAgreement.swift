/// Two lists of labels for the same items: how far do they agree?
public struct LabelAgreement: Sendable {
    /// Of one label.
    public struct Scores: Sendable, Equatable {
        /// Items that the reference gives it.
        public let support: Int
        public let precision: Double
        public let recall: Double
        public let f1: Double
    }

    public let count: Int
    public let agreeing: Int
    /// By label, those of either list. A share of nothing is 0.
    public let byLabel: [[UInt8]: Scores]
    /// Cohen's kappa ("A coefficient of agreement for nominal scales", 1960): agreement beyond what two that answer
    /// each by their own frequencies would have by chance; 1 where there is nothing else. Nil where that chance is
    /// certain or there is no item.
    public let kappa: Double?

    /// - Parameter pairs: of each item, the label that is judged, and the reference.
    public init(_ pairs: [(label: [UInt8], reference: [UInt8])]) {
        var tally: [[UInt8]: (both: Int, label: Int, reference: Int)] = [:]
        for pair in pairs {
            tally[pair.label, default: (0, 0, 0)].label += 1
            tally[pair.reference, default: (0, 0, 0)].reference += 1
            if pair.label == pair.reference { tally[pair.label]!.both += 1 }
        }
        count = pairs.count
        agreeing = tally.values.reduce(0) { $0 + $1.both }
        byLabel = tally.mapValues { seen in
            Scores(
                support: seen.reference,
                precision: seen.label == 0 ? 0 : Double(seen.both) / Double(seen.label),
                recall: seen.reference == 0 ? 0 : Double(seen.both) / Double(seen.reference),
                f1: 2 * Double(seen.both) / Double(seen.label + seen.reference)
            )
        }
        let all = Double(max(1, count))
        let chance = tally.values.reduce(0.0) { $0 + Double($1.label) / all * (Double($1.reference) / all) }
        kappa = count == 0 || tally.count < 2 ? nil : (Double(agreeing) / all - chance) / (1 - chance)
    }

    public var share: Double { count == 0 ? 0 : Double(agreeing) / Double(count) }

    /// The mean of all labels' F1, each counted alike.
    public var macroF1: Double {
        byLabel.isEmpty ? 0 : byLabel.values.reduce(0) { $0 + $1.f1 } / Double(byLabel.count)
    }
}
