/// Escaping, by runs: eight bytes at a time as long as none of them needs a look, then one scalar at a time.
extension JSONWriter {
    /// Appends `text` in quotes, escaped as RFC 8259 section 7 demands and no further. Malformed UTF-8 becomes U+FFFD.
    public static func escape(_ text: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        escapeContent(text, into: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// The same without the quotes.
    public static func escapeContent(_ text: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8]) {
        var start = 0
        while start < text.count {
            let end = start + plainRun(text, from: start)
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<end]))
            guard end < text.count else { return }
            start = end + escapeOne(text, at: end, into: &bytes)
        }
    }

    /// How many bytes from `start` on are ASCII that stands for itself.
    private static func plainRun(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let raw = UnsafeRawBufferPointer(text)
        var index = start
        while index + 8 <= text.count {
            let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            // A byte's high bit is set where it is below 0x20, zero after the exclusive or, or not ASCII. Borrows can
            // only add bits above a true one, so that no hit is missed.
            let hits = (word &- (ones &* 0x20)) | (quotes &- ones) | (slashes &- ones) | word
            if hits & highs != 0 { break }
            index += 8
        }
        while index < text.count {
            let byte = text[index]
            if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { break }
            index += 1
        }
        return index - start
    }

    /// Writes the scalar at `index`; returns how many bytes it took.
    private static func escapeOne(
        _ text: UnsafeBufferPointer<UInt8>,
        at index: Int,
        into bytes: inout [UInt8]
    ) -> Int {
        let byte = text[index]
        if byte >= 0x80 {
            let length = scalarLength(text, at: index)
            if length == 0 {
                bytes.append(contentsOf: [0xEF, 0xBF, 0xBD])
                return 1
            }
            bytes.append(contentsOf: text[index..<index + length])
            return length
        }
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x22, 0x5C: bytes.append(byte)
        default:
            let digits: StaticString = "0123456789abcdef"
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(digits.utf8Start[Int(byte >> 4)])
            bytes.append(digits.utf8Start[Int(byte & 15)])
        }
        return 1
    }

    /// 2, 3 or 4 for a well-formed scalar beyond ASCII (RFC 3629 section 4), 0 for anything else.
    private static func scalarLength(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        let length: Int
        let second: ClosedRange<UInt8>
        switch text[index] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard index + length <= text.count, second.contains(text[index + 1]) else { return 0 }
        for next in index + 2..<max(index + 2, index + length) where text[next] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
