/// A JSON number exactly as written: digits × 10^exponent, of any length.
///
/// JSON Schema compares and divides numbers mathematically (`1.0` is an integer, `0.0075` is a multiple of `0.0001`,
/// 20-digit integers differ in their last digit), and binary floating point gets each of these wrong.
struct ExactDecimal: Sendable, Equatable {
    let isNegative: Bool
    /// 0 to 9, without zeros at either end; empty for zero.
    let digits: [UInt8]
    let exponent: Int

    /// Beyond this no two numbers of a text can be told apart by a longer exponent.
    static let farthestExponent = 1 << 40
    static let zero = ExactDecimal(isNegative: false, digits: [], exponent: 0)

    /// - Parameter digits: 0 to 9, with zeros at the end or not, and none in front.
    init(isNegative: Bool, digits: [UInt8], exponent: Int) {
        let zeros = digits.reversed().prefix { $0 == 0 }.count
        self.isNegative = isNegative && zeros < digits.count
        self.digits = digits.dropLast(zeros)
        self.exponent = zeros < digits.count ? exponent + zeros : 0
    }

    /// - Parameter text: a number by RFC 8259's grammar.
    init(_ text: some Sequence<UInt8>) {
        var isNegative = false
        var digits: [UInt8] = []
        var fraction = 0
        var written = 0
        var writtenIsNegative = false
        var part = 0  // 0 integer, 1 fraction, 2 exponent
        for byte in text {
            switch byte {
            case UInt8(ascii: "-") where part == 2: writtenIsNegative = true
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): part = 1
            case UInt8(ascii: "e"), UInt8(ascii: "E"): part = 2
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = byte - UInt8(ascii: "0")
                if part == 2 {
                    written = min(written * 10 + Int(digit), Self.farthestExponent)
                } else {
                    if part == 1 { fraction += 1 }
                    if digit != 0 || !digits.isEmpty { digits.append(digit) }
                }
            default: break
            }
        }
        self.init(
            isNegative: isNegative,
            digits: digits,
            exponent: (writtenIsNegative ? -written : written) - fraction
        )
    }

    /// Zero, or no digit after the point.
    var isInteger: Bool { digits.isEmpty || exponent >= 0 }

    /// Negative, zero or positive, as this is less than, equal to or greater than `other`.
    func compare(_ other: ExactDecimal) -> Int {
        if isNegative != other.isNegative { return isNegative ? -1 : 1 }
        return isNegative ? -compareMagnitude(other) : compareMagnitude(other)
    }

    private func compareMagnitude(_ other: ExactDecimal) -> Int {
        if digits.isEmpty || other.digits.isEmpty { return digits.count.signum() - other.digits.count.signum() }
        let lead = digits.count + exponent
        let otherLead = other.digits.count + other.exponent
        if lead != otherLead { return lead < otherLead ? -1 : 1 }
        for (digit, otherDigit) in zip(digits, other.digits) where digit != otherDigit {
            return digit < otherDigit ? -1 : 1
        }
        return (digits.count - other.digits.count).signum()
    }

    /// The number as a `Decimal` divisor may have it: digits that fit 18 places.
    var fitsDivisor: Bool { !isNegative && !digits.isEmpty && digits.count <= 18 }

    /// Is this an integral multiple of `divisor`? Exact: digits × 10^k modulo the divisor's digits.
    /// - Precondition: `divisor.fitsDivisor`
    func isMultiple(of divisor: ExactDecimal) -> Bool {
        if digits.isEmpty { return true }
        let shift = exponent - divisor.exponent
        // The last digit is not 0, so this is no multiple of 10, let alone of 10^-shift.
        if shift < 0 { return false }
        let modulus = divisor.digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1) }
        var rest: UInt64 = 0
        for digit in digits { rest = Self.add(Self.multiply(rest, 10, modulus), UInt64(digit), modulus) }
        return Self.multiply(rest, Self.power(10, shift, modulus), modulus) == 0
    }

    private static func add(_ a: UInt64, _ b: UInt64, _ modulus: UInt64) -> UInt64 {
        (a + b % modulus) % modulus  // both are below 10^18
    }

    private static func multiply(_ a: UInt64, _ b: UInt64, _ modulus: UInt64) -> UInt64 {
        modulus.dividingFullWidth((a % modulus).multipliedFullWidth(by: b % modulus)).remainder
    }

    private static func power(_ base: UInt64, _ exponent: Int, _ modulus: UInt64) -> UInt64 {
        var result = 1 % modulus
        var base = base % modulus
        var exponent = exponent
        while exponent > 0 {
            if exponent & 1 == 1 { result = multiply(result, base, modulus) }
            base = multiply(base, base, modulus)
            exponent >>= 1
        }
        return result
    }
}
