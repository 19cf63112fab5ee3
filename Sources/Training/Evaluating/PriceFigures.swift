import JSON
public import Settings

/// What the two models cost by list; nil: not known.
public struct PriceList: Sendable, Equatable {
    public var small: ModelSettings.Price?
    public var large: ModelSettings.Price?

    public init(small: ModelSettings.Price? = nil, large: ModelSettings.Price? = nil) {
        self.small = small
        self.large = large
    }
}

/// What a request costs, on tokens as they were billed. US dollars.
public struct PriceFigures: Sendable, Equatable {
    /// Items of which every cost is known.
    public let count: Int
    /// A call, on average.
    public let small: Double
    public let large: Double
    /// A request on average: small, what falls back, and audits.
    public let served: Double
    /// The same if the share that falls back were at its upper bound.
    public let servedUpper: Double
    /// Large's tokens by both lists: what the models' prices alone make of it; nil where a list is not known.
    public let base: Double?

    /// Nil where nothing is known, or large costs nothing.
    init?(_ items: [MeasuredItem], gate: Gate, prices: PriceList, audit: Double, fallback: MeasuredShare) {
        let known: [(small: Double, large: MeasuredCall, cost: Double, defers: Bool)] = items.compactMap { item in
            guard let large = item.large, let cost = large.cost else { return nil }
            // What the provider would not answer was not billed.
            guard let small = item.small.map({ $0.call.cost }) ?? 0 else { return nil }
            return (small, large, cost, !gate.accepts(item.small))
        }
        let total = known.reduce(0) { $0 + $1.cost }
        guard total > 0 else { return nil }
        let number = Double(known.count)
        count = known.count
        small = known.reduce(0) { $0 + $1.small } / number
        large = total / number
        let deferred = known.filter(\.defers)
        func mean(_ costs: [Double]) -> Double {
            costs.isEmpty ? total / number : costs.reduce(0, +) / Double(costs.count)
        }
        // Large is asked for what falls back, and, of what does not, for what is audited.
        let ofDeferred = mean(deferred.map(\.cost))
        let ofAccepted = mean(known.filter { !$0.defers }.map(\.cost))
        let asked = small
        func request(_ share: Double) -> Double { asked + share * ofDeferred + (1 - share) * audit * ofAccepted }
        served = request(Double(deferred.count) / number)
        servedUpper = request(fallback.upper)
        base = Self.base(known.map(\.large), prices)
    }

    private static func base(_ calls: [MeasuredCall], _ prices: PriceList) -> Double? {
        guard let small = prices.small, let large = prices.large else { return nil }
        var (atSmall, atLarge) = (0.0, 0.0)
        for call in calls {
            guard let prompt = call.promptTokens, let completion = call.completionTokens else { continue }
            atSmall += small.cost(promptTokens: prompt, completionTokens: completion)
            atLarge += large.cost(promptTokens: prompt, completionTokens: completion)
        }
        return atSmall > 0 ? atLarge / atSmall : nil
    }

    /// How much cheaper small's call is, its shorter prompt included.
    public var call: Double? { small > 0 ? large / small : nil }
    /// How much cheaper a request is than all-large.
    public var effective: Double? { served > 0 ? large / served : nil }
    public var effectiveLower: Double? { servedUpper > 0 ? large / servedUpper : nil }

    var json: JSONTree {
        .members([
            ("of", .int(count)), ("small_usd", .number(small)), ("large_usd", .number(large)),
            ("served_usd", .number(served)), ("served_usd_high", .number(servedUpper)), ("base", .number(base)),
            ("call", .number(call)), ("effective", .number(effective)), ("effective_low", .number(effectiveLower)),
        ])
    }
}
