import JSON
import Statistics

/// So many of so many, and what that says about the share behind it: exact one-sided bounds (`Binomial`), whatever the
/// share and however few there are.
public struct MeasuredShare: Sendable, Equatable {
    public let count: Int
    public let of: Int
    /// Of each bound by itself.
    public let confidence: Double

    public init(_ count: Int, of: Int, confidence: Double) {
        self.count = count
        self.of = of
        self.confidence = confidence
    }

    /// Those of a list for which something holds.
    init<Item>(_ items: some Collection<Item>, confidence: Double, where holds: (Item) -> Bool) {
        self.init(items.count(where: holds), of: items.count, confidence: confidence)
    }

    /// Nil of nothing.
    public var share: Double? { of == 0 ? nil : Double(count) / Double(of) }
    public var lower: Double { of == 0 ? 0 : Binomial.lowerBound(count, of: of, confidence: confidence) }
    public var upper: Double { of == 0 ? 1 : Binomial.upperBound(count, of: of, confidence: confidence) }

    var json: JSONTree {
        .members([
            ("count", .int(count)), ("of", .int(of)), ("share", .number(share)),
            ("low", of == 0 ? .null : .number(lower)), ("high", of == 0 ? .null : .number(upper)),
        ])
    }
}

extension JSONTree {
    /// Null for nil, and for what JSON has no number for.
    static func number(_ value: Double?) -> JSONTree {
        guard let value, value.isFinite else { return .null }
        return .number(Array(value.description.utf8))
    }

    static func text(_ value: String?) -> JSONTree { value.map { .string($0) } ?? .null }

    static func members(_ members: [(String, JSONTree)]) -> JSONTree {
        .object(members.map { Member(name: $0.0, value: $0.1) })
    }
}
