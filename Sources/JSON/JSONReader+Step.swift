/// One byte through the reader: the grammar between tokens here, strings and numbers in the files beside this one.
extension JSONReader {
    @inlinable
    mutating func step(_ byte: UInt8, _ sink: inout some JSONEvents) throws(JSONError) {
        switch state {
        case .inString, .escape, .hex, .lowBackslash, .lowU, .utf8:
            try stepString(byte, &sink)
            return
        case .word:
            try stepWord(byte, &sink)
            return
        case .minus, .zero, .integer, .point, .fraction, .exponent, .exponentSign, .exponentDigits:
            if try stepNumber(byte) { return }
            endNumber(&sink)
        default:
            break
        }
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
            return
        case UInt8(ascii: "\n"):
            _line += 1
            lineStart = _offset + 1
            return
        default:
            break
        }
        switch state {
        case .value:
            try beginValue(byte, &sink)
        case .elementOrEnd:
            if byte == UInt8(ascii: "]") { closeArray(&sink) } else { try beginValue(byte, &sink) }
        case .nameOrEnd where byte == UInt8(ascii: "}"):
            closeObject(&sink)
        case .name, .nameOrEnd:
            guard byte == UInt8(ascii: "\"") else { throw fail(.unexpectedByte(byte)) }
            beginString(isName: true)
        case .colon:
            guard byte == UInt8(ascii: ":") else { throw fail(.unexpectedByte(byte)) }
            state = .value
        default:  // afterValue
            try separate(byte, &sink)
        }
    }

    @inlinable
    mutating func beginValue(_ byte: UInt8, _ sink: inout some JSONEvents) throws(JSONError) {
        switch byte {
        case UInt8(ascii: "\""):
            beginString(isName: false)
        case UInt8(ascii: "{"):
            try open(object: true)
            sink.beginObject(at: _offset)
        case UInt8(ascii: "["):
            try open(object: false)
            sink.beginArray(at: _offset)
        case UInt8(ascii: "-"):
            beginNumber(byte, .minus)
        case UInt8(ascii: "0"):
            beginNumber(byte, .zero)
        case UInt8(ascii: "1")...UInt8(ascii: "9"):
            beginNumber(byte, .integer)
        case UInt8(ascii: "t"):
            beginWord(.true)
        case UInt8(ascii: "f"):
            beginWord(.false)
        case UInt8(ascii: "n"):
            beginWord(.null)
        default:
            throw fail(.unexpectedByte(byte))
        }
    }

    @inlinable
    mutating func separate(_ byte: UInt8, _ sink: inout some JSONEvents) throws(JSONError) {
        guard _depth > 0 else { throw fail(.trailingBytes) }
        let inObject = containers & 1 == 1
        switch byte {
        case UInt8(ascii: ","):
            state = inObject ? .name : .value
        case UInt8(ascii: "}") where inObject:
            closeObject(&sink)
        case UInt8(ascii: "]") where !inObject:
            closeArray(&sink)
        default:
            throw fail(.unexpectedByte(byte))
        }
    }

    @inlinable
    mutating func open(object: Bool) throws(JSONError) {
        guard _depth < depthLimit else { throw fail(.tooDeep(limit: depthLimit)) }
        _depth += 1
        containers = containers << 1 | (object ? 1 : 0)
        tokenStart = _offset
        state = object ? .nameOrEnd : .elementOrEnd
        if object { names?.open() }
    }

    @inlinable
    mutating func closeObject(_ sink: inout some JSONEvents) {
        names?.close()
        close()
        sink.endObject(at: _offset)
    }

    @inlinable
    mutating func closeArray(_ sink: inout some JSONEvents) {
        close()
        sink.endArray(at: _offset)
    }

    @inlinable
    mutating func close() {
        _depth -= 1
        containers >>= 1
        state = .afterValue
    }

    @inlinable
    mutating func beginWord(_ kind: JSONLiteral) {
        wordKind = kind
        wordIndex = 1
        tokenStart = _offset
        state = .word
    }

    @inlinable
    mutating func stepWord(_ byte: UInt8, _ sink: inout some JSONEvents) throws(JSONError) {
        let word: StaticString =
            switch wordKind {
            case .null: "null"
            case .true: "true"
            case .false: "false"
            }
        guard byte == word.utf8Start[wordIndex] else { throw fail(.badLiteral) }
        wordIndex += 1
        guard wordIndex == word.utf8CodeUnitCount else { return }
        state = .afterValue
        sink.literal(wordKind, in: tokenStart..<_offset + 1)
    }
}
