/// A set of Unicode scalars, as a grammar names one: a character, a class, or any character.
struct ScalarSet: Hashable, Sendable {
    /// Ascending, with a gap between any two; never a surrogate alone.
    let ranges: [ClosedRange<UInt32>]
    /// Written as what is not in it, `[^...]`.
    let isNegated: Bool

    static let last: UInt32 = 0x10FFFF
    static let any = ScalarSet([], isNegated: true)

    init(_ scalar: UInt32) {
        ranges = [scalar...scalar]
        isNegated = false
    }

    /// - Parameter listed: in any order, overlapping or not: what is in the set, or, negated, what is not.
    init(_ listed: [ClosedRange<UInt32>], isNegated: Bool) {
        self.isNegated = isNegated
        let merged = Self.merged(listed)
        ranges = isNegated ? Self.complement(of: merged) : merged
    }

    var isEmpty: Bool { ranges.isEmpty }

    func contains(_ scalar: UInt32) -> Bool {
        ranges.contains { $0.contains(scalar) }
    }

    private static func merged(_ listed: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var merged: [ClosedRange<UInt32>] = []
        for range in listed.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let end = merged.last?.upperBound, range.lowerBound <= end + 1 {
                merged[merged.count - 1] = merged[merged.count - 1].lowerBound...max(end, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// Surrogates, which are no scalars, may be in between: no text holds one.
    private static func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= last { gaps.append(next...last) }
        return gaps.filter { !(0xD800...0xDFFF).contains($0.lowerBound) || !(0xD800...0xDFFF).contains($0.upperBound) }
    }
}

extension ScalarSet: CustomStringConvertible {
    /// As a grammar would spell it, except that a lone character stands in quotes: `'a'`, `[0-9]`, `[^"\\]`.
    var description: String {
        if !isNegated, ranges.count == 1, ranges[0].count == 1 { return Self.quoted(ranges[0].lowerBound) }
        let shown = isNegated ? Self.complement(of: ranges) : ranges
        if shown.isEmpty { return "any character" }
        let parts = shown.prefix(8).map { range in
            let first = Self.spelt(range.lowerBound, inClass: true)
            let last = Self.spelt(range.upperBound, inClass: true)
            return range.count == 1 ? first : range.count == 2 ? first + last : "\(first)-\(last)"
        }
        return (isNegated ? "[^" : "[") + parts.joined() + (shown.count > 8 ? "...]" : "]")
    }

    /// A character as messages show it.
    static func quoted(_ scalar: UInt32) -> String { "'\(spelt(scalar, inClass: false))'" }

    private static func spelt(_ value: UInt32, inClass: Bool) -> String {
        switch value {
        case 0x0A: return "\\n"
        case 0x0D: return "\\r"
        case 0x09: return "\\t"
        case 0x5C: return "\\\\"
        case 0x5B where inClass, 0x5D where inClass, 0x2D where inClass:
            return "\\" + String(UnicodeScalar(UInt8(value)))
        default: break
        }
        guard let scalar = Unicode.Scalar(value), isShown(scalar) else {
            let digits = String(value, radix: 16, uppercase: true)
            let width = value <= 0xFF ? 2 : value <= 0xFFFF ? 4 : 8
            return (value <= 0xFF ? "\\x" : value <= 0xFFFF ? "\\u" : "\\U")
                + String(repeating: "0", count: width - digits.count) + digits
        }
        return String(scalar)
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .nonspacingMark, .enclosingMark:
            false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}
