import JSON
import Statistics

/// `set`: the same things said, in whatever order and however often; the similarity is Jaccard's.
///
/// Of JSON, the things are the values that hold no other, each with the names on the way to it: `{"traits": ["slow",
/// "pure"], "kind": "test"}` says three. Of any other text, they are its parts between commas and line breaks, without
/// the white space around them.
struct SetComparator: Comparator {
    static let name = "set"

    init(_ options: ComparatorOptions) {}

    func compare(_ answer: [UInt8], with reference: [UInt8], input: [UInt8]) -> ComparisonStep {
        let (first, second) = (Self.things(answer), Self.things(reference))
        return .decided(Comparison(isEqual: first == second, similarity: Similarity.jaccard(first, second)))
    }

    private static func things(_ text: [UInt8]) -> Set<[UInt8]> {
        if let value = JSONComparator.read(text) {
            switch value {
            case .array([]), .object([]): return []
            default: return Set(JSONComparator.leaves(value, keepsOrder: false))
            }
        }
        let parts = text.split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\n") }
        return Set(parts.map(trimmed).filter { !$0.isEmpty })
    }

    private static func trimmed(_ part: ArraySlice<UInt8>) -> [UInt8] {
        let start = part.drop { $0 <= 0x20 }
        return start.lastIndex { $0 > 0x20 }.map { Array(start[...$0]) } ?? []
    }
}
