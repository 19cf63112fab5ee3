import Harvest

/// RFC 3339 in UTC with milliseconds; all but the milliseconds is made once a second.
struct TimestampText {
    private var second = Int64.min
    private var text: [UInt8] = []

    mutating func append(milliseconds: Int64, to bytes: inout [UInt8]) {
        let whole = milliseconds / 1000
        if whole != second {
            second = whole
            text = Array(WallTime(milliseconds: whole * 1000).rfc3339.utf8.dropLast(5))
        }
        bytes += text
        bytes.append(UInt8(ascii: "."))
        let rest = milliseconds % 1000
        for divisor in [Int64(100), 10, 1] { bytes.append(UInt8(ascii: "0") + UInt8(rest / divisor % 10)) }
        bytes.append(UInt8(ascii: "Z"))
    }
}
