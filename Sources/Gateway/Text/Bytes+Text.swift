// Text into bytes without String: response heads, log lines and headers are built with these.

import Glibc
import JSON
import Loop

extension [UInt8] {
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A JSON string, quotes included.
    mutating func append(json text: String) {
        var text = text
        text.withUTF8 { JSONWriter.escape($0, into: &self) }
    }

    mutating func append(text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }

    /// Text from outside as the value of a header: what is not printable ASCII becomes `?`, so that nobody can end the
    /// line and write one of their own.
    mutating func append(headerText text: some Collection<UInt8>) {
        let start = count
        append(contentsOf: text)
        for index in start..<count where !(0x20...0x7E).contains(self[index]) { self[index] = UInt8(ascii: "?") }
    }

    /// Decimal digits, with a sign where negative.
    mutating func append(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        var digits = (UInt64(0), UInt64(0), UInt64(0))
        Swift.withUnsafeMutableBytes(of: &digits) { room in
            var at = room.count
            repeat {
                at -= 1
                room[at] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            append(contentsOf: UnsafeRawBufferPointer(rebasing: room[at...]))
        }
    }

    /// A number with a fixed count of decimal places, rounded half away from zero. Not a number becomes `null`.
    mutating func append(fixed value: Double, places: Int) {
        guard value.isFinite, value.magnitude < 1e14 else { return append("null") }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        if value < 0, scaled > 0 { append(UInt8(ascii: "-")) }
        let whole = Int(scaled / scale)
        append(decimal: whole)
        guard places > 0 else { return }
        append(UInt8(ascii: "."))
        let fraction = Int(scaled - Double(whole) * scale)
        var pad = Int(scale) / 10
        while pad > 1, fraction < pad {
            append(UInt8(ascii: "0"))
            pad /= 10
        }
        append(decimal: fraction)
    }

    /// With three decimal places, rounded half away from zero.
    mutating func append(milliseconds duration: Duration) {
        let nanoseconds = duration.nanoseconds
        let microseconds = (nanoseconds.magnitude / 100 + 5) / 10
        if nanoseconds < 0, microseconds > 0 { append(UInt8(ascii: "-")) }
        append(decimal: Int(microseconds / 1000))
        append(UInt8(ascii: "."))
        let rest = microseconds % 1000
        append(UInt8(ascii: "0") + UInt8(rest / 100))
        append(UInt8(ascii: "0") + UInt8(rest / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(rest % 10))
    }
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}

extension ArraySlice<UInt8> {
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return withUnsafeBytes { $0.count == 0 || memcmp($0.baseAddress!, text.utf8Start, $0.count) == 0 }
    }
}
