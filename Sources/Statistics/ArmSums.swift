/// What was counted in one arm of a trial. The unit is a question that the small model was asked: what a cache answered
/// was asked before. Sums only, so those of several gateways are added.
public struct ArmSums: Sendable, Equatable {
    /// Upper ends of the classes of time, each one and a half times the one before; the last class has no end.
    public static let milliseconds: [Double] = {
        var ends = [1.0]
        while ends.count < 30 { ends.append(ends[ends.count - 1] * 1.5) }
        return ends
    }()

    public var asked = 0
    /// Small's answer was not accepted, or there was none.
    public var fallbacks = 0
    /// Small gave no answer, or the client got none.
    public var errors = 0
    /// Accepted answers that large was asked about too.
    public var audited = 0
    /// Of these, those that it gave as well.
    public var agreed = 0
    /// How long the clients' answers took, by class.
    public var times = [Int](repeating: 0, count: milliseconds.count + 1)

    public init() {}

    /// Counts one question.
    public mutating func add(isFallback: Bool, isError: Bool, milliseconds: Double) {
        asked += 1
        if isFallback { fallbacks += 1 }
        if isError { errors += 1 }
        times[Self.milliseconds.firstIndex { milliseconds <= $0 } ?? Self.milliseconds.count] += 1
    }

    /// Counts one audit of an accepted answer.
    public mutating func add(agrees: Bool) {
        audited += 1
        if agrees { agreed += 1 }
    }

    public static func += (a: inout ArmSums, b: ArmSums) {
        a.asked += b.asked
        a.fallbacks += b.fallbacks
        a.errors += b.errors
        a.audited += b.audited
        a.agreed += b.agreed
        for index in a.times.indices { a.times[index] += b.times[index] }
    }
}
