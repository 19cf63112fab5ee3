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
        if isDecided { return }
        if stringIsOpen {
            stringIsOpen = false
        } else {
            begin(.string, at: range.lowerBound)
        }
        if !isDecided { checkString(text) }
        endInnermost(at: range.lowerBound)
    }

    /// The beginning of a string value, whole scalars: what it shows already is noted.
    mutating func stringPrefix(_ text: TextBytes, at offset: Int) {
        if isDecided { return }
        if !stringIsOpen {
            begin(.string, at: offset)
            stringIsOpen = true
        }
        if !isDecided { checkStringPrefix(text) }
    }

    mutating func number(_ text: TextBytes, in range: Range<Int>) {
        if isDecided { return }
        begin(.number, at: range.lowerBound)
        if !isDecided { checkNumber(text) }
        endInnermost(at: range.lowerBound)
    }

    mutating func literal(_ literal: JSONLiteral, in range: Range<Int>) {
        if isDecided { return }
        begin(literal == .null ? .null : .boolean, at: range.lowerBound)
        if !isDecided { checkLiteral(literal) }
        endInnermost(at: range.lowerBound)
    }
}
