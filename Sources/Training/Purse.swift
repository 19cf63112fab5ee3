/// What a command may spend on calls, and what it has spent. US dollars.
///
/// Nothing is asked before its price is set aside: `setAside` refuses what would go over the limit, `settle` puts back
/// what was not used. So with many calls under way the limit holds for all of them together.
public actor Purse {
    /// Nil: no limit.
    public let limit: Double?
    public private(set) var spent = 0.0
    private var aside = 0.0

    public init(limit: Double?) { self.limit = limit }

    /// - Parameter most: what the call can cost, at most.
    /// - Throws: when it is not there.
    public func setAside(_ most: Double) throws(OverBudget) {
        if let limit, spent + aside + most > limit {
            throw OverBudget(limit: limit, spent: spent + aside, needed: most)
        }
        aside += most
    }

    /// - Parameters:
    ///   - most: what was set aside.
    ///   - cost: what it came to.
    public func settle(_ most: Double, cost: Double) {
        aside -= most
        spent += cost
    }
}

/// The next call could go over the budget.
public struct OverBudget: Error, Sendable, Equatable, CustomStringConvertible {
    public let limit: Double
    /// With what calls under way may still take.
    public let spent: Double
    public let needed: Double

    public var description: String {
        "the budget of \(limit) USD does not reach: \(spent) are spent or set aside, the next call may take \(needed)"
    }
}
