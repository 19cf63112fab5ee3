/// Cuts text into tokens much as a byte-pair vocabulary would: a word with its leading space in pieces of up to six
/// bytes, digits by threes, everything else one scalar at a time, and scalars of four bytes in two halves, so that
/// readers meet tokens that are not valid UTF-8 by themselves. The tokens, joined, are the text.
func tokens(of text: [UInt8]) -> [[UInt8]] {
    var tokens: [[UInt8]] = []
    var at = 0
    while at < text.count {
        let start = at
        if text[at] == UInt8(ascii: " "), at + 1 < text.count, isLetter(text[at + 1]) { at += 1 }
        if isLetter(text[at]) {
            let word = at
            while at < text.count, isLetter(text[at]), at - word < 6 { at += 1 }
        } else if isDigit(text[at]) {
            while at < text.count, isDigit(text[at]), at - start < 3 { at += 1 }
        } else {
            switch text[at] {
            case 0xC0..<0xE0: at += 2
            case 0xE0..<0xF0: at += 3
            case 0xF0...: at += 2
            default: at += 1
            }
            // The second half of a four-byte scalar.
            while at < text.count, start < at, text[start] & 0xC0 == 0x80, text[at] & 0xC0 == 0x80 { at += 1 }
            at = min(at, text.count)
        }
        tokens.append(Array(text[start..<at]))
    }
    return tokens
}

/// A token as providers print it: its text, or its bytes as `\xf0\x9f` where it is not text by itself.
func printed(_ token: [UInt8]) -> String {
    if let text = String(validating: token, as: UTF8.self) { return text }
    let digits = Array("0123456789abcdef")
    return token.map { "\\x\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined()
}

/// The number of scalars that begin in these bytes.
func characters(in bytes: some Sequence<UInt8>) -> Int {
    bytes.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
}

private func isLetter(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") || byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
}

private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
