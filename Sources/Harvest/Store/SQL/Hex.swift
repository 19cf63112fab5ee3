/// Bytes as PostgreSQL writes and reads them: two hexadecimal digits each.
enum Hex {
    static func text(of bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            for (index, byte) in bytes.enumerated() {
                text[index * 2] = digits[Int(byte >> 4)]
                text[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }

    /// - Parameter text: digits in lower case, an even number of them.
    static func bytes(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        func value(_ digit: UInt8) -> UInt8 { digit <= UInt8(ascii: "9") ? digit & 15 : (digit & 15) + 9 }
        let text = UnsafeRawBufferPointer(rebasing: text)
        return [UInt8](unsafeUninitializedCapacity: text.count / 2) { bytes, count in
            count = text.count / 2
            for index in 0..<count { bytes[index] = value(text[index * 2]) << 4 | value(text[index * 2 + 1]) }
        }
    }
}
