/// The query of a URL as names and values, percent-decoded (WHATWG URL, application/x-www-form-urlencoded).
public enum QueryText {
    public static func pairs(_ query: ArraySlice<UInt8>?) -> [(name: String, value: String)] {
        guard let query else { return [] }
        return query.split(separator: UInt8(ascii: "&")).map { pair in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            return (decoded(name), decoded(pair[name.endIndex...].dropFirst()))
        }
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = hex(rest.first), let low = hex(rest.dropFirst().first) {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case .some(0x30...0x39): byte! - 0x30
        case .some(0x41...0x46): byte! - 0x41 + 10
        case .some(0x61...0x66): byte! - 0x61 + 10
        default: nil
        }
    }
}
