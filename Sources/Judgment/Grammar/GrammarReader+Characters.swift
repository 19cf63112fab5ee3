/// Literals, classes and escapes.
extension GrammarReader {
    /// `"text"`: its characters, one after the other.
    mutating func readLiteral() throws(GrammarProblem) -> GrammarPart {
        let start = position
        position += 1
        var parts: [GrammarPart] = []
        while true {
            guard let next = peek(), next != 0x0A, next != 0x0D else {
                throw fail("the literal is not closed on its line (a line break in it is written \\n)", at: start)
            }
            if next == 0x22 {
                position += 1
                return parts.count == 1 ? parts[0] : .sequence(parts)
            }
            let place = position
            parts.append(.character(try position(of: ScalarSet(try readCharacter()), at: place)))
        }
    }

    /// `[a-z_]` or `[^"\\]`. A `-` before `]` stands for itself.
    mutating func readClass() throws(GrammarProblem) -> ScalarSet {
        let start = position
        position += 1
        let isNegated = peek() == 0x5E
        if isNegated { position += 1 }
        var ranges: [ClosedRange<UInt32>] = []
        while true {
            guard let next = peek(), next != 0x0A, next != 0x0D else {
                throw fail("the class is not closed on its line (a line break in it is written \\n)", at: start)
            }
            if next == 0x5D {
                position += 1
                break
            }
            let place = position
            let first = try readCharacter()
            var last = first
            if peek() == 0x2D, let after = peek(1), after != 0x5D, after != 0x0A, after != 0x0D {
                position += 1
                last = try readCharacter()
            }
            guard first <= last else {
                throw fail(
                    "the range runs from \(ScalarSet.quoted(first)) down to \(ScalarSet.quoted(last))",
                    at: place
                )
            }
            ranges.append(first...last)
        }
        guard !ranges.isEmpty else {
            let any = isNegated ? "; any character is written '.'" : ""
            throw fail("the class is empty: no character matches it\(any)", at: start)
        }
        let set = ScalarSet(ranges, isNegated: isNegated)
        guard !set.isEmpty else { throw fail("the class leaves no character over", at: start) }
        return set
    }

    private mutating func readCharacter() throws(GrammarProblem) -> UInt32 {
        let start = position
        let next = peek() ?? 0
        position += 1
        guard next == 0x5C else { return next }
        let letter = peek()
        position += 1
        switch letter {
        case 0x6E: return 0x0A
        case 0x72: return 0x0D
        case 0x74: return 0x09
        case 0x5C?, 0x22?, 0x5B?, 0x5D?, 0x2D?: return letter ?? 0
        case 0x78: return try readHex(2, at: start)
        case 0x75: return try readHex(4, at: start)
        case 0x55: return try readHex(8, at: start)
        default:
            let known = #"\n \r \t \\ \" \[ \] \- \xHH \uHHHH \UHHHHHHHH"#
            throw fail("unknown escape; there are \(known)", at: start)
        }
    }

    private mutating func readHex(_ digits: Int, at start: Int) throws(GrammarProblem) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let next = peek(), let scalar = Unicode.Scalar(next), scalar.isASCII,
                let digit = Character(scalar).hexDigitValue
            else {
                throw fail("the escape needs \(digits) hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        guard Unicode.Scalar(value) != nil else { throw fail("the escape is no Unicode scalar", at: start) }
        return value
    }
}
