/// Strings: RFC 8259 section 7 for escapes, RFC 3629 section 4 for UTF-8. `token` grows by decoded bytes.
extension JSONReader {
    @inlinable
    mutating func beginString(isName: Bool) {
        token.removeAll(keepingCapacity: true)
        wholeScalars = 0
        tokenIsName = isName
        tokenStart = _offset
        state = .inString
    }

    @inlinable
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    @inlinable
    mutating func stepString(_ byte: UInt8, _ sink: inout some JSONEvents) throws(JSONError) {
        if state == .inString, byte == UInt8(ascii: "\"") {
            try endString(&sink)
        } else {
            try stepText(byte)
        }
    }

    @usableFromInline
    mutating func stepText(_ byte: UInt8) throws(JSONError) {
        switch state {
        case .escape:
            try stepEscape(byte)
        case .hex:
            try stepHex(byte)
        case .lowBackslash:
            guard byte == UInt8(ascii: "\\") else { throw fail(.loneSurrogate) }
            state = .lowU
        case .lowU:
            guard byte == UInt8(ascii: "u") else { throw fail(.loneSurrogate) }
            beginHex()
        case .utf8:
            guard continuationRange.contains(byte) else { throw fail(.badUTF8) }
            token.append(byte)
            continuations -= 1
            continuationRange = 0x80...0xBF
            if continuations == 0 { endScalar() }
        default:
            switch byte {
            case UInt8(ascii: "\\"): state = .escape
            case 0..<0x20: throw fail(.controlCharacter)
            case 0x20..<0x80:
                token.append(byte)
                wholeScalars = token.count
            default: try beginUTF8(byte)
            }
        }
    }

    /// The first byte decides how many follow and what the second may be.
    private mutating func beginUTF8(_ byte: UInt8) throws(JSONError) {
        switch byte {
        case 0xC2...0xDF: (continuations, continuationRange) = (1, 0x80...0xBF)
        case 0xE0: (continuations, continuationRange) = (2, 0xA0...0xBF)
        case 0xED: (continuations, continuationRange) = (2, 0x80...0x9F)
        case 0xE1...0xEF: (continuations, continuationRange) = (2, 0x80...0xBF)
        case 0xF0: (continuations, continuationRange) = (3, 0x90...0xBF)
        case 0xF1...0xF3: (continuations, continuationRange) = (3, 0x80...0xBF)
        case 0xF4: (continuations, continuationRange) = (3, 0x80...0x8F)
        default: throw fail(.badUTF8)
        }
        token.append(byte)
        state = .utf8
    }

    private mutating func stepEscape(_ byte: UInt8) throws(JSONError) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): token.append(byte)
        case UInt8(ascii: "b"): token.append(0x08)
        case UInt8(ascii: "f"): token.append(0x0C)
        case UInt8(ascii: "n"): token.append(0x0A)
        case UInt8(ascii: "r"): token.append(0x0D)
        case UInt8(ascii: "t"): token.append(0x09)
        case UInt8(ascii: "u"):
            highSurrogate = 0
            beginHex()
            return
        default: throw fail(.badEscape)
        }
        endScalar()
    }

    private mutating func beginHex() {
        hexDigits = 0
        hexValue = 0
        state = .hex
    }

    private mutating func stepHex(_ byte: UInt8) throws(JSONError) {
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
        default: throw fail(.badEscape)
        }
        hexValue = hexValue << 4 | UInt32(digit)
        hexDigits += 1
        // A half pair is hopeless as soon as its second digit shows which half it is: D8..DB asks for DC..DF.
        if hexDigits == 2, (highSurrogate != 0) != (0xDC...0xDF).contains(hexValue) { throw fail(.loneSurrogate) }
        guard hexDigits == 4 else { return }
        if highSurrogate != 0 {
            append(0x10000 + (highSurrogate - 0xD800) << 10 + (hexValue - 0xDC00))
        } else if (0xD800..<0xDC00).contains(hexValue) {
            highSurrogate = hexValue
            state = .lowBackslash
        } else {
            append(hexValue)
        }
    }

    private mutating func append(_ scalar: UInt32) {
        // The surrogates were taken out above: every value here is a scalar.
        token.append(contentsOf: UTF8.encode(Unicode.Scalar(scalar)!)!)
        endScalar()
    }

    private mutating func endScalar() {
        wholeScalars = token.count
        state = .inString
    }

    @inlinable
    mutating func endString(_ sink: inout some JSONEvents) throws(JSONError) {
        let range = tokenStart..<_offset + 1
        guard tokenIsName else {
            state = .afterValue
            token.withUnsafeBufferPointer { sink.string($0, in: range) }
            return
        }
        state = .colon
        if names?.add(token) == false { throw fail(.duplicateName) }
        token.withUnsafeBufferPointer { sink.key($0, in: range) }
    }
}
