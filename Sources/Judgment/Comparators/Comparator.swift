/// What "similar" means on a route (`compare:`): is an answer as good as a reference?
///
/// Writing one: a file here, a line in ``KnownComparators``, and it passes the contract test that all share.
/// - Equality decides: shares of equal answers are what is promised. ``Comparison/similarity`` is shown beside it, and
///   is
///   1 where the answers are equal.
/// - An answer that cannot be read (no JSON, no sentence of the grammar) is equal to nothing, not even to itself: it
///   would
///   not have been accepted. A reference that cannot be read is no reference; callers leave those out before.
/// - Answers are hostile: any bytes of any length get a comparison, in bounded time.
/// - What has to ask somebody says so, and reads the replies later: comparing itself does no I/O.
public protocol Comparator: Sendable {
    /// The word in the settings.
    static var name: String { get }

    init(_ options: ComparatorOptions) throws(ComparatorError)

    /// - Parameters:
    ///   - answer: what is judged.
    ///   - reference: what it is held against.
    ///   - input: what both answer.
    func compare(_ answer: [UInt8], with reference: [UInt8], input: [UInt8]) -> ComparisonStep
}

/// What a route gives its comparator.
public struct ComparatorOptions: Sendable {
    /// The route's grammar in GBNF, where it has one.
    public var grammar: [UInt8]?
    /// Run with both answers as its last two arguments: exit 0 if they are equal, 1 if not.
    public var command: [String] = []
    /// From which similarity on two texts are called equal.
    public var least: Double?

    public init(grammar: [UInt8]? = nil, command: [String] = [], least: Double? = nil) {
        self.grammar = grammar
        self.command = command
        self.least = least
    }
}

public struct ComparatorError: Error, Sendable, CustomStringConvertible {
    public let comparator: String
    public let message: String

    public var description: String { "\(comparator): \(message)" }
}

public struct Comparison: Sendable, Equatable {
    public let isEqual: Bool
    /// 0 to 1.
    public let similarity: Double
    /// Why it is not equal, where that is not to be seen.
    public var note: String?

    public init(isEqual: Bool, similarity: Double, note: String? = nil) {
        self.isEqual = isEqual
        self.similarity = isEqual ? 1 : similarity
        self.note = note
    }

    static func unreadable(_ note: String) -> Comparison { Comparison(isEqual: false, similarity: 0, note: note) }
}

public enum ComparisonStep: Sendable {
    case decided(Comparison)
    /// The large model must be asked, each question by itself; `read` takes the replies in their order.
    case ask([JudgeQuestion], read: @Sendable ([[UInt8]]) -> Comparison)
    /// A command must be run; `read` takes its exit status.
    case run([String], read: @Sendable (Int32) -> Comparison)
}

/// The comparators there are. A new one is a file and a line here.
public enum KnownComparators {
    static let all: [any Comparator.Type] = [
        ExactComparator.self,
        LabelComparator.self,
        JSONComparator.self,
        SetComparator.self,
        DSLComparator.self,
        TextComparator.self,
        JudgeComparator.self,
    ]

    /// The words that a route's `compare` may be.
    public static let names: [String] = all.map { $0.name }

    public static func make(
        _ name: String,
        _ options: ComparatorOptions = ComparatorOptions()
    ) throws(ComparatorError) -> any Comparator {
        guard let type = all.first(where: { $0.name == name }) else {
            throw ComparatorError(
                comparator: name,
                message: "unknown comparator; there are \(names.joined(separator: ", "))"
            )
        }
        return try type.init(options)
    }
}
