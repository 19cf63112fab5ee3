/// Unicode scalars out of bytes that may be cut anywhere. Strict: what the standard's table 3-7 does not list is
/// invalid.
struct UTF8Decoder {
    enum Step {
        case scalar(UInt32)
        case more
        case invalid
    }

    private var value: UInt32 = 0
    private var missing: UInt8 = 0
    /// What the next byte may be.
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    /// No character is begun and not ended.
    var isBetween: Bool { missing == 0 }

    mutating func take(_ byte: UInt8) -> Step {
        if missing == 0 { return begin(byte) }
        guard byte >= low, byte <= high else { return .invalid }
        (low, high) = (0x80, 0xBF)
        value = value << 6 | UInt32(byte & 0x3F)
        missing -= 1
        return missing == 0 ? .scalar(value) : .more
    }

    private mutating func begin(_ byte: UInt8) -> Step {
        switch byte {
        case 0x00...0x7F: return .scalar(UInt32(byte))
        case 0xC2...0xDF:
            value = UInt32(byte & 0x1F)
            missing = 1
        case 0xE0...0xEF:
            value = UInt32(byte & 0x0F)
            missing = 2
            if byte == 0xE0 { low = 0xA0 }
            if byte == 0xED { high = 0x9F }
        case 0xF0...0xF4:
            value = UInt32(byte & 0x07)
            missing = 3
            if byte == 0xF0 { low = 0x90 }
            if byte == 0xF4 { high = 0x8F }
        default: return .invalid
        }
        return .more
    }
}
