// The time of day, as candidates and exchange records keep it. Durations are MonotonicTime's business; this one may
// jump when somebody sets the clock, so nothing waits by it.

import Glibc

/// A moment on the wall clock, in microseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
public struct WallTime: Sendable, Hashable, Comparable, BitwiseCopyable {
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    public init(milliseconds: Int64) {
        self.microseconds = milliseconds * 1000
    }

    public var milliseconds: Int64 { Self.split(microseconds, by: 1000).quotient }

    public static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    public static func < (a: WallTime, b: WallTime) -> Bool { a.microseconds < b.microseconds }

    /// Division that rounds towards the past, so that moments before 1970 have days and seconds too.
    static func split(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = ((value % divisor) + divisor) % divisor
        return ((value - remainder) / divisor, remainder)
    }
}

extension WallTime {
    /// RFC 3339 in UTC with milliseconds: `2026-11-23T00:05:44.123Z`. Sorts as text from year 0 to 9999.
    public var rfc3339: String {
        let (seconds, micros) = Self.split(microseconds, by: 1_000_000)
        let (days, second) = Self.split(seconds, by: 86400)
        let (year, month, day) = Self.civil(days: days)
        var text = ""
        text.reserveCapacity(24)
        func put(_ value: Int64, _ width: Int) {
            let digits = String(value)
            text.append(String(repeating: "0", count: max(0, width - digits.count)))
            text.append(digits)
        }
        put(year, 4)
        text.append("-")
        put(month, 2)
        text.append("-")
        put(day, 2)
        text.append("T")
        put(second / 3600, 2)
        text.append(":")
        put(second / 60 % 60, 2)
        text.append(":")
        put(second % 60, 2)
        text.append(".")
        put(micros / 1000, 3)
        text.append("Z")
        return text
    }

    /// Reads RFC 3339: any offset, `T` or a blank between date and time, any number of decimals (beyond
    /// microseconds they are cut off). Nil for everything else. A leap second counts as the second after it.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        func at(_ index: Int, _ allowed: StaticString) -> Bool {
            guard index < bytes.count else { return false }
            return allowed.withUTF8Buffer { $0.contains(bytes[index]) }
        }
        guard let year = number(0..<4), at(4, "-"), let month = number(5..<7), at(7, "-"),
            let day = number(8..<10), at(10, "Tt "), let hour = number(11..<13), at(13, ":"),
            let minute = number(14..<16), at(16, ":"), let second = number(17..<19)
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= Self.daysIn(month: month, year: year), hour < 24,
            minute < 60, second <= 60
        else { return nil }
        var index = 19
        var micros: Int64 = 0
        if at(index, ".") {
            index += 1
            let first = index
            var unit: Int64 = 100_000
            while index < bytes.count, let digit = number(index..<index + 1) {
                micros += digit * unit
                unit /= 10
                index += 1
            }
            guard index > first else { return nil }
        }
        var offset: Int64 = 0
        if at(index, "Zz") {
            index += 1
        } else {
            guard at(index, "+-"), let hours = number(index + 1..<index + 3), at(index + 3, ":"),
                let minutes = number(index + 4..<index + 6), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (bytes[index] == UInt8(ascii: "-") ? -60 : 60)
            index += 6
        }
        guard index == bytes.count else { return nil }
        let seconds = Self.days(year: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60 + second
        self.init(microseconds: (seconds - offset) * 1_000_000 + micros)
    }

    private static func daysIn(month: Int64, year: Int64) -> Int64 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    // Both ways between a date and days since 1970, after Howard Hinnant, "chrono-compatible low-level date
    // algorithms" (days_from_civil, civil_from_days): years begin in March, so the leap day is a year's last.

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = split(y, by: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146097 + dayOfEra - 719468
    }

    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = split(days + 719468, by: 146097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
