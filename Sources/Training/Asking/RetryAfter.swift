// How long a provider wants to be left alone, in the ways that providers write it.

/// Reads spans of time from headers of an answer.
enum RetryAfter {
    /// `retry-after-ms: 1500` (OpenAI), else `retry-after: 2`, or the date that RFC 9110 (10.2.3) allows as well.
    /// - Parameter now: Unix seconds.
    static func read(milliseconds: String?, seconds: String?, now: Int) -> Duration? {
        if let milliseconds, let value = number(milliseconds) { return .milliseconds(Int(value.rounded(.up))) }
        guard let seconds else { return nil }
        if let value = number(seconds) { return .milliseconds(Int((value * 1000).rounded(.up))) }
        return date(seconds).map { .seconds(max(0, $0 - now)) }
    }

    /// `x-ratelimit-reset-*`: `20ms`, `1s`, `6m0s`, `1h2m3.5s`, or plain seconds.
    static func span(_ text: String) -> Duration? {
        if let value = number(text) { return .milliseconds(Int((value * 1000).rounded(.up))) }
        var rest = Substring(text)
        var milliseconds = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = number(String(digits)), let scale = units[String(unit)] else { return nil }
            milliseconds += value * scale
        }
        guard !text.isEmpty, milliseconds <= mostMilliseconds else { return nil }
        return .milliseconds(Int(milliseconds.rounded(.up)))
    }

    private static let units: [String: Double] = [
        "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]
    private static let mostMilliseconds = 1e12

    private static func number(_ text: String) -> Double? {
        guard let value = Double(text), value.isFinite, value >= 0, value <= mostMilliseconds else { return nil }
        return value
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` as Unix seconds; the two older forms are left to their century.
    private static func date(_ text: String) -> Int? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]) else { return nil }
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard let index = names.firstIndex(of: String(parts[2])), clock.count == 3, (1...31).contains(day),
            (1970...9999).contains(year)
        else { return nil }
        // Days from the civil calendar (Hinnant, "chrono-compatible low-level date algorithms").
        let month = index + 1
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return ((days * 24 + clock[0]) * 60 + clock[1]) * 60 + clock[2]
    }
}
