import JSON
import Statistics

/// `json`: equal values, whatever the order of members, the white space, and the spelling of numbers (`1` is `1.0`).
///
/// The similarity is F1 over leaves: a leaf is a value that holds no other, with the way to it. A member too many costs
/// as much as one too few.
struct JSONComparator: Comparator {
    static let name = "json"

    init(_ options: ComparatorOptions) {}

    func compare(_ answer: [UInt8], with reference: [UInt8], input: [UInt8]) -> ComparisonStep {
        guard let first = Self.read(answer) else { return .decided(.unreadable("the answer is no JSON")) }
        guard let second = Self.read(reference) else { return .decided(.unreadable("the reference is no JSON")) }
        let isEqual = first.canonicalForm == second.canonicalForm
        let similarity = isEqual ? 1 : Similarity.wordF1(Self.leaves(first), Self.leaves(second))
        return .decided(Comparison(isEqual: isEqual, similarity: similarity))
    }

    static func read(_ text: [UInt8]) -> JSONTree? {
        try? JSONTree.parse(text, refusingDuplicateNames: true)
    }

    /// - Parameter keepsOrder: false: where an item stands in its array is no part of the way.
    static func leaves(_ value: JSONTree, keepsOrder: Bool = true) -> [[UInt8]] {
        var found: [[UInt8]] = []
        func look(_ value: JSONTree, _ way: [UInt8]) {
            switch value {
            case .array(let elements) where !elements.isEmpty:
                for (position, element) in elements.enumerated() {
                    look(element, way + Array("[\(keepsOrder ? String(position) : "")]".utf8))
                }
            case .object(let members) where !members.isEmpty:
                for member in members { look(member.value, way + JSONTree.string(member.name).canonicalForm) }
            default: found.append(way + [UInt8(ascii: "=")] + value.canonicalForm)
            }
        }
        look(value, [])
        return found
    }
}
