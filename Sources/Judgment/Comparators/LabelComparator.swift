/// `label`: one label, whatever the white space around it and the case of its letters.
///
/// Evaluations of labels also report macro-F1 and every label by itself (`LabelAgreement`), over ``folded(_:)``.
public struct LabelComparator: Comparator {
    public static let name = "label"

    public init(_ options: ComparatorOptions) {}

    public func compare(_ answer: [UInt8], with reference: [UInt8], input: [UInt8]) -> ComparisonStep {
        .decided(Comparison(isEqual: Self.folded(answer) == Self.folded(reference), similarity: 0))
    }

    /// Strings, so that two spellings of an accent are one label, as they are for a reader.
    public static func folded(_ label: [UInt8]) -> String {
        let text = String(decoding: label, as: UTF8.self)
        guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return text[...last].drop(while: \.isWhitespace).lowercased()
    }
}
