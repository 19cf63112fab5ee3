/// Numbers: RFC 8259 section 6, of any length. A number ends at the first byte that is not part of it, or at `finish`.
extension JSONReader {
    @inlinable
    mutating func beginNumber(_ byte: UInt8, _ first: State) {
        token.removeAll(keepingCapacity: true)
        token.append(byte)
        tokenStart = _offset
        state = first
    }

    /// Whether `byte` belongs to the number; throws where the number cannot end before it either.
    @inlinable
    mutating func stepNumber(_ byte: UInt8) throws(JSONError) -> Bool {
        let isDigit = byte &- UInt8(ascii: "0") < 10
        let isE = byte | 0x20 == UInt8(ascii: "e")
        switch state {
        case .minus where isDigit:
            state = byte == UInt8(ascii: "0") ? .zero : .integer
        case .integer where isDigit, .fraction where isDigit, .exponentDigits where isDigit:
            break
        case .zero where byte == UInt8(ascii: "."), .integer where byte == UInt8(ascii: "."):
            state = .point
        case .point where isDigit:
            state = .fraction
        case .zero where isE, .integer where isE, .fraction where isE:
            state = .exponent
        case .exponent where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"):
            state = .exponentSign
        case .exponent where isDigit, .exponentSign where isDigit:
            state = .exponentDigits
        case .zero where !isDigit, .integer, .fraction, .exponentDigits:
            return false
        default:
            throw fail(.badNumber)
        }
        token.append(byte)
        return true
    }

    @inlinable var endsNumber: Bool {
        switch state {
        case .zero, .integer, .fraction, .exponentDigits: true
        default: false
        }
    }

    @inlinable
    mutating func endNumber(_ sink: inout some JSONEvents) {
        state = .afterValue
        let range = tokenStart..<_offset
        token.withUnsafeBufferPointer { sink.number($0, in: range) }
    }
}
