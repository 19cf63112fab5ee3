/// What a number can still become whose beginning is written: exact, as `ExactDecimal` is.
///
///     -12.50e-3      sign, digits, exponent
///
/// While digits may follow, an exponent may too, and move the point anywhere: only the sign and the digits are certain,
/// so that `1.5` may become the integer 15 and `900` a number below 1. With an `e` the digits are known, and the
/// exponent grows away from zero with every digit: each question below has its answer at the nearest or the farthest
/// exponent that can be reached.
///
/// Each question is about one keyword alone, and "yes" where nobody can say more.
struct NumberPrefix {
    private let isNegative: Bool
    /// Without the zeros in front; those at the end are kept, since digits may follow.
    private let digits: [UInt8]
    /// How many of the digits written follow the point.
    private let fraction: Int
    /// Nil before the `e`.
    private let exponent: Exponent?

    private struct Exponent {
        /// Nil while neither a sign nor a digit says it.
        var isNegative: Bool?
        /// Without the zeros in front.
        var digits: [UInt8] = []

        /// What the digits say so far; as far as `ExactDecimal` tells exponents apart.
        var written: Int { digits.reduce(0) { min($0 * 10 + Int($1), ExactDecimal.farthestExponent) } }

        /// The largest that can be reached; nil where there is no end.
        var highest: Int? { isNegative == true ? -written : nil }

        /// The least that can be reached; nil where there is no end.
        var lowest: Int? { isNegative == false ? written : nil }

        /// Can it become `wanted`?
        func reaches(_ wanted: Int) -> Bool {
            // Exponents beyond are not told apart.
            if abs(wanted) >= ExactDecimal.farthestExponent / 2 { return true }
            if wanted == 0 { return digits.isEmpty }
            if let isNegative, isNegative != (wanted < 0) { return false }
            return String(abs(wanted)).utf8.starts(with: digits.lazy.map { $0 + UInt8(ascii: "0") })
        }
    }

    /// - Parameter text: the beginning of a number by RFC 8259's grammar, at least a byte.
    init(_ text: some Sequence<UInt8>) {
        var isNegative = false
        var digits: [UInt8] = []
        var fraction = 0
        var isPastPoint = false
        var exponent: Exponent?
        for byte in text {
            switch byte {
            case UInt8(ascii: "-") where exponent != nil: exponent?.isNegative = true
            case UInt8(ascii: "+"): exponent?.isNegative = false
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): isPastPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): exponent = Exponent()
            default:
                let digit = byte - UInt8(ascii: "0")
                if exponent != nil {
                    if exponent?.isNegative == nil { exponent?.isNegative = false }
                    if digit != 0 || exponent?.digits.isEmpty == false { exponent?.digits.append(digit) }
                } else {
                    if isPastPoint { fraction += 1 }
                    if digit != 0 || !digits.isEmpty { digits.append(digit) }
                }
            }
        }
        self.isNegative = isNegative
        self.digits = digits
        self.fraction = fraction
        self.exponent = exponent
    }

    /// Zero, or, while digits may follow, perhaps.
    private var mayBeZero: Bool { digits.isEmpty }

    /// The number with this exponent, where the digits are known.
    private func value(_ exponent: Int) -> ExactDecimal {
        ExactDecimal(isNegative: isNegative, digits: digits, exponent: exponent - fraction)
    }

    // MARK: What it can become

    var mayBeInteger: Bool {
        guard let exponent, let highest = exponent.highest else { return true }
        return value(highest).isInteger
    }

    func mayBeMultiple(of divisor: ExactDecimal) -> Bool {
        guard let exponent else { return true }
        // 10^64 holds every 2 and every 5 of a divisor of 18 digits.
        return value(exponent.highest ?? divisor.exponent + fraction + 64).isMultiple(of: divisor)
    }

    /// - Parameter strictly: above `bound`, not at it.
    func mayBe(atLeast bound: ExactDecimal, strictly: Bool) -> Bool {
        mayBe(bound, side: 1, strictly)
    }

    /// - Parameter strictly: below `bound`, not at it.
    func mayBe(atMost bound: ExactDecimal, strictly: Bool) -> Bool {
        mayBe(bound, side: -1, strictly)
    }

    /// - Parameter side: 1 for numbers above `bound`, -1 for those below it.
    private func mayBe(_ bound: ExactDecimal, side: Int, _ strictly: Bool) -> Bool {
        func holds(_ order: Int) -> Bool { order == side || order == 0 && !strictly }
        if let exponent {
            if digits.isEmpty { return holds(value(0).compare(bound)) }
            // Away from zero with the exponent: towards the side or from it.
            let farthest = isNegative == (side < 0) ? exponent.highest : exponent.lowest
            if let farthest { return holds(value(farthest).compare(bound)) }
        }
        // The exponent has no end there: without limit to the side, or as near to zero as may be.
        if isNegative == (side < 0) || (exponent == nil && mayBeZero && holds(ExactDecimal.zero.compare(bound))) {
            return true
        }
        return ExactDecimal.zero.compare(bound) == side
    }

    /// Can it become this number?
    func mayBe(_ number: ExactDecimal) -> Bool {
        if number.digits.isEmpty { return mayBeZero }
        guard number.isNegative == isNegative else { return false }
        guard let exponent else {
            // Written further, and with an exponent; zeros at the end do not matter.
            return digits.indices.allSatisfy { digits[$0] == ($0 < number.digits.count ? number.digits[$0] : 0) }
        }
        let known = value(0)
        return known.digits == number.digits && exponent.reaches(number.exponent - known.exponent)
    }
}
