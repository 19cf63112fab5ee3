import JSON

/// The events of a text, as the reader tells them.
extension SchemaEvaluation: JSONEvents {
    mutating func beginObject(at offset: Int) {
        if !isDecided { begin(.object, at: offset) }
    }

    mutating func endObject(at offset: Int) {
        if !isDecided { endInnermost(at: offset) }
    }

    mutating func beginArray(at offset: Int) {
        if !isDecided { begin(.array, at: offset) }
    }

    mutating func endArray(at offset: Int) {
        if !isDecided { endInnermost(at: offset) }
    }

    mutating func key(_ name: TextBytes, in range: Range<Int>) {
        if !isDecided { readName(name, at: range.lowerBound) }
    }

    mutating func string(_ text: TextBytes, in range: Range<Int>) {
        guard !isDecided else { return }
        open(.string, at: range.lowerBound)
        if !isDecided { checkString(text) }
        endScalar(at: range.lowerBound)
    }

    mutating func number(_ text: TextBytes, in range: Range<Int>) {
        guard !isDecided else { return }
        open(.number, at: range.lowerBound)
        if !isDecided { checkNumber(text) }
        endScalar(at: range.lowerBound)
    }

    mutating func literal(_ literal: JSONLiteral, in range: Range<Int>) {
        guard !isDecided else { return }
        let isKnown = scalarIsOpen
        open(literal == .null ? .null : .boolean, at: range.lowerBound)
        // Its first byte has said all.
        if !isDecided, !isKnown { checkLiteral(literal) }
        endScalar(at: range.lowerBound)
    }

    /// Begins a string, number or literal, unless it was begun early.
    mutating func open(_ kind: SchemaTypes, at offset: Int) {
        if !scalarIsOpen { begin(kind, at: offset) }
        scalarIsOpen = true
    }

    private mutating func endScalar(at offset: Int) {
        scalarIsOpen = false
        looks = 0
        endInnermost(at: offset)
    }
}
