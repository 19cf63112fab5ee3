// Text into bytes without String: response heads, log lines and headers are built with these.

import JSON

extension [UInt8] {
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A JSON string, quotes included.
    mutating func append(json text: String) {
        var writer = JSONWriter(reserving: text.utf8.count + 2)
        writer.string(text)
        self += writer.bytes
    }

    mutating func append(text: String) {
        append(contentsOf: text.utf8)
    }

    /// Text from outside as the value of a header: what is not printable ASCII becomes `?`, so that nobody can end the
    /// line and write one of their own.
    mutating func append(headerText text: some Sequence<UInt8>) {
        for byte in text { append((0x20...0x7E).contains(byte) ? byte : UInt8(ascii: "?")) }
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

    mutating func append(milliseconds duration: Duration) {
        append(fixed: duration.seconds * 1000, places: 3)
    }
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
