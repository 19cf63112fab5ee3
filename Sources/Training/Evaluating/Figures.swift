// The figures of an evaluation, out of its items (MeasuredItem). Pure: the same items give the same figures.
//
//     population            all items; those with a reference; those that a person labelled; those that are accepted
//     independence          every input is there once, drawn by a hash or by the audit, so that each is one trial
//     bounds                exact, one-sided, each at the confidence that the look allows (LookBook)
//
// What is accepted is decided by small's answer alone and by a threshold that was chosen elsewhere: the accepted are a
// sample of what would be accepted, and the count among them is binomial too.

public import Statistics

public struct Figures: Sendable {
    public let confidence: Double
    public let reference: EvaluationReference
    public let gate: Gate
    public let count: Int

    /// All of small's answers against large's, the checks and confidence aside.
    public let smallAgainstLarge: MeasuredShare
    public let smallAgainstReviewed: MeasuredShare
    public let largeAgainstReviewed: MeasuredShare
    /// All of small's answers against the reference in force.
    public let small: MeasuredShare
    /// Those that would be accepted.
    public let accepted: MeasuredShare
    /// What clients would get: small's answer where it is accepted, else large's.
    public let served: MeasuredShare
    /// Large asked twice: nobody can be expected to agree more.
    public let largeAgainstItself: MeasuredShare
    /// Large's answers that failed the checks, and are no reference.
    public let largeInvalid: MeasuredShare
    /// Left to large.
    public let fallback: MeasuredShare
    /// The mean likeness of small's and large's texts; says nothing about who is right.
    public let likeness: Double?
    /// Labels that nobody suggested an answer for.
    public let labelled: Int
    /// Whether these are of other items than the rest: reviewers see first what the models differ on, and figures over
    /// such a part are not those of the whole.
    public let areLabelsSelected: Bool
    /// Who leaves more to large: this version (first) or the one in service (second); nil: none is.
    public let againstInService: PairedDifference?
    public let price: PriceFigures?
    public let latency: LatencyFigures?
    /// Where the comparator is `label`.
    public let labels: LabelAgreement?
    public let curve: CurveFigures?

    /// From so many labels on, they are the reference for both models.
    public static let enoughLabels = 100

    /// - Parameters:
    ///   - audit: of the route's exchanges, those that are audited: they cost a call of large too.
    ///   - byLabel: the comparator is `label`: how an answer becomes one.
    public init(
        _ items: [MeasuredItem],
        gate: Gate,
        confidence: Double,
        prices: PriceList = PriceList(),
        audit: Double = 0,
        byLabel: ((String) -> String)? = nil
    ) {
        func share(_ items: [MeasuredItem], _ holds: (MeasuredItem) -> Bool?) -> MeasuredShare {
            let known = items.compactMap(holds)
            return MeasuredShare(known.count { $0 }, of: known.count, confidence: confidence)
        }
        let blind = items.count(where: \.isBlind)
        areLabelsSelected = Self.areSelected(items)
        let reference: EvaluationReference = blind >= Self.enoughLabels && !areLabelsSelected ? .label : .large
        let accepted = items.filter { gate.accepts($0.small) }
        self.confidence = confidence
        self.reference = reference
        self.gate = gate
        count = items.count
        labelled = blind
        smallAgainstLarge = share(items) { $0.agreesWithLarge }
        smallAgainstReviewed = share(items) { $0.smallAgreesWithLabel }
        largeAgainstReviewed = share(items) { $0.largeAgreesWithLabel }
        small = share(items) { $0.smallAgrees(with: reference) }
        self.accepted = share(accepted) { $0.smallAgrees(with: reference) }
        served = share(items) { item in
            gate.accepts(item.small) ? item.smallAgrees(with: reference) : item.largeAgrees(with: reference)
        }
        largeAgainstItself = share(items) { $0.largeAgreesWithItself }
        largeInvalid = MeasuredShare(items, confidence: confidence) { $0.reference == nil }
        fallback = MeasuredShare(items.count - accepted.count, of: items.count, confidence: confidence)
        let likenesses = items.compactMap(\.similarity)
        likeness = likenesses.isEmpty ? nil : likenesses.reduce(0, +) / Double(likenesses.count)
        let pairs = items.compactMap { item in
            item.incumbentDefers.map { (first: !gate.accepts(item.small), second: $0) }
        }
        againstInService = pairs.isEmpty ? nil : PairedDifference(pairs)
        price = PriceFigures(items, gate: gate, prices: prices, audit: audit, fallback: fallback)
        latency = LatencyFigures(items, gate: gate, confidence: confidence)
        labels = byLabel.flatMap { Self.labels(items, reference, $0) }
        curve = CurveFigures(items, reference: reference)
    }

    /// Among the labelled small agrees with large so much more, or less, often than among the others that chance alone
    /// does that in one of twenty cases at most.
    private static func areSelected(_ items: [MeasuredItem]) -> Bool {
        let known = items.filter { $0.agreesWithLarge != nil }
        func share(_ isBlind: Bool) -> MeasuredShare {
            MeasuredShare(known.filter { $0.isBlind == isBlind }, confidence: 0.975) { $0.agreesWithLarge == true }
        }
        let (labelled, others) = (share(true), share(false))
        return labelled.upper < others.lower || others.upper < labelled.lower
    }

    private static func labels(
        _ items: [MeasuredItem],
        _ reference: EvaluationReference,
        _ label: (String) -> String
    ) -> LabelAgreement? {
        let pairs: [(label: [UInt8], reference: [UInt8])] = items.compactMap { item in
            guard let right = reference == .large ? item.reference : item.isBlind ? item.label : nil else { return nil }
            let said = item.small?.text.map(label) ?? ""
            return (Array(said.utf8), Array(label(right).utf8))
        }
        return pairs.isEmpty ? nil : LabelAgreement(pairs)
    }
}
