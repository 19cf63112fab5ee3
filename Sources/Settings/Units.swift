// How amounts are written in the file: `5ms 2s 24h 7d`, `64MiB`, `2%`, `20 USD`. Each kind is read and printed here,
// so that what `--effective` prints is what the file may say.

/// Durations: a number and one of `ms s m h d`.
public enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// - Returns: nil for anything that is not a whole or decimal number with a unit, or is above 36500 days.
    static func read(_ text: String) -> Duration? {
        guard let (number, unit) = splitAmount(text),
            let milliseconds = units.first(where: { $0.name == unit })?.milliseconds
        else { return nil }
        let total = number * Double(milliseconds)
        guard total <= 36500 * 86_400_000 else { return nil }
        return .microseconds(Int64((total * 1000).rounded()))
    }

    public static func print(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        guard microseconds != 0 else { return "0s" }
        guard microseconds % 1000 == 0 else { return "\(Double(microseconds) / 1000)ms" }
        let milliseconds = microseconds / 1000
        // A day is 24h: people count in days from two on.
        let unit = units.first { milliseconds % $0.milliseconds == 0 && milliseconds > $0.milliseconds } ?? ("ms", 1)
        let exact = units.first { milliseconds == $0.milliseconds && $0.name != "d" } ?? unit
        return "\(milliseconds / exact.milliseconds)\(exact.name)"
    }
}

/// Sizes in bytes: a whole number and one of `B KiB MiB GiB TiB`.
enum SizeText {
    private static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    static func read(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let number = Int(digits), let bytes = units.first(where: { $0.name == unit })?.bytes else { return nil }
        let (total, overflow) = number.multipliedReportingOverflow(by: bytes)
        return overflow ? nil : total
    }

    static func print(_ bytes: Int) -> String {
        guard bytes != 0 else { return "0B" }
        let unit = units.first { bytes % $0.bytes == 0 } ?? ("B", 1)
        return "\(bytes / unit.bytes)\(unit.name)"
    }

    /// What `text` would be in these units, if it is a size in others (`64MB`, `64m`, `64`).
    static func guess(_ text: String) -> String? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        return switch text.dropFirst(digits.count).lowercased() {
        case "k", "kb", "kib": "\(digits)KiB"
        case "m", "mb", "mib": "\(digits)MiB"
        case "g", "gb", "gib": "\(digits)GiB"
        case "t", "tb", "tib": "\(digits)TiB"
        case "": "\(digits)B"
        default: nil
        }
    }
}

/// Shares of a whole: `2%`, between 0 % and 100 %. Held as 0 to 1.
enum ShareText {
    static func read(_ text: String) -> Double? {
        guard let (number, unit) = splitAmount(text), unit == "%", number <= 100 else { return nil }
        return number / 100
    }

    static func print(_ share: Double) -> String {
        "\(NumberText.print((share * 100_000_000).rounded() / 1_000_000))%"
    }
}

/// Money: a number, a space, `USD`.
enum MoneyText {
    static func read(_ text: String) -> Double? {
        guard text.hasSuffix(" USD") else { return nil }
        return NumberText.read(String(text.dropLast(4)))
    }

    static func print(_ dollars: Double) -> String {
        "\(NumberText.print(dollars)) USD"
    }
}

/// Numbers: an optional sign, digits, a fraction, an exponent. No hexadecimal, no underscores, no infinity.
public enum NumberText {
    static func read(_ text: String) -> Double? {
        let allowed = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
        guard allowed, let first = text.utf8.first(where: { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }),
            (0x30...0x39).contains(first), let number = Double(text), number.isFinite
        else { return nil }
        return number
    }

    /// Without a fraction where there is none: `20`, `1.6`.
    public static func print(_ number: Double) -> String {
        if let whole = Int(exactly: number) { return "\(whole)" }
        return "\(number)"
    }
}

/// "1.5h" -> (1.5, "h"). Digits and at most one point, then the rest.
private func splitAmount(_ text: String) -> (Double, String)? {
    let digits = text.prefix { $0 == "." || ($0.isASCII && $0.isNumber) }
    guard let first = digits.first, first != ".", digits.last != ".", let number = Double(digits) else { return nil }
    return (number, String(text.dropFirst(digits.count)))
}
