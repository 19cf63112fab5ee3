import JSON

/// Finds where a JSON pointer leads in a file, for errors that a schema's compiler gives with a pointer.
struct JSONPlace: JSONEvents {
    private let wanted: [String]
    /// Of what is open: a member's name, or an element's position.
    private var open: [Step] = []
    private var found: Int?

    private enum Step {
        case member(String)
        case element(Int)
    }

    /// - Returns: line and column of the value at `pointer` (a fragment: `#/properties/a`), or of what makes `text` no
    ///   JSON, with words for it; the first line where neither is to be found.
    static func find(_ pointer: String, in text: [UInt8]) -> (line: Int, column: Int, noJSON: String?) {
        if let error = JSONReader.check(text, refusingDuplicateNames: true) {
            let (line, column) = place(of: error.offset, in: text)
            return (line, column, error.what)
        }
        var finder = JSONPlace(pointer)
        var reader = JSONReader()
        try? reader.feed(text, into: &finder)
        try? reader.finish(into: &finder)
        let (line, column) = place(of: finder.found ?? 0, in: text)
        return (line, column, nil)
    }

    private init(_ pointer: String) {
        wanted = pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }

    /// Columns in Unicode scalars, like everywhere else.
    private static func place(of offset: Int, in text: [UInt8]) -> (line: Int, column: Int) {
        let before = text.prefix(offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return (line, before[start...].count { $0 & 0xC0 != 0x80 } + 1)
    }

    /// A value begins: the innermost open thing has said which one.
    private mutating func value(at offset: Int) {
        guard found == nil, open.count == wanted.count else { return }
        let isWanted = zip(open, wanted).allSatisfy { step, name in
            switch step {
            case .member(let own): own == name
            case .element(let position): String(position) == name
            }
        }
        if isWanted { found = offset }
    }

    private mutating func valueEnded() {
        if case .element(let position)? = open.last { open[open.count - 1] = .element(position + 1) }
    }

    mutating func beginObject(at offset: Int) {
        value(at: offset)
        open.append(.member(""))
    }

    mutating func beginArray(at offset: Int) {
        value(at: offset)
        open.append(.element(0))
    }

    mutating func endObject(at offset: Int) {
        open.removeLast()
        valueEnded()
    }

    mutating func endArray(at offset: Int) {
        open.removeLast()
        valueEnded()
    }

    mutating func key(_ name: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        open[open.count - 1] = .member(String(decoding: name, as: UTF8.self))
    }

    mutating func string(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        value(at: range.lowerBound)
        valueEnded()
    }

    mutating func number(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        value(at: range.lowerBound)
        valueEnded()
    }

    mutating func literal(_ literal: JSONLiteral, in range: Range<Int>) {
        value(at: range.lowerBound)
        valueEnded()
    }
}
