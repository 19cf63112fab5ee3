public import JSON

extension CompletionRequest {
    /// Reads and validates a client's body: JSON with integers of 64 bits and at most 64 levels, no name twice at the
    /// top level or in a message, known members of the right type and range. Errors are worded as OpenAI's.
    public static func read(
        _ body: [UInt8],
        dialect: Dialect,
        parser: JSONParser
    ) throws(InvalidRequest) -> CompletionRequest {
        var reader = RequestReader(body, dialect: dialect, parser: parser)
        try reader.read()
        return CompletionRequest(reader)
    }

    /// The message's texts, decoded, one after the other.
    public func text(of message: Message) -> [UInt8] {
        var text: [UInt8] = []
        forEachText(of: message) { text += JSONText.decode($0) }
        return text
    }

    /// The prompt, decoded, where it is one text.
    public var promptText: [UInt8]? {
        guard promptKind == .text else { return nil }
        return body.withUnsafeBufferPointer { JSONText.decode(UnsafeBufferPointer(rebasing: $0[promptContent])) }
    }

    /// Unicode scalars of all texts of the messages, or of the prompt; 0 for a prompt of tokens. Nothing is decoded.
    public var inputCharacters: Int {
        var count = 0
        for message in messages { forEachText(of: message) { count += JSONText.scalarCount($0) } }
        switch promptKind {
        case .text:
            body.withUnsafeBufferPointer { body in
                count += JSONText.scalarCount(UnsafeBufferPointer(rebasing: body[promptContent]))
            }
        case .texts:
            forEachString(in: promptRange) { count += JSONText.scalarCount($0) }
        case .tokens, nil:
            break
        }
        return count
    }

    /// The one text of a prompt without its quotes.
    private var promptContent: Range<Int> { promptRange.lowerBound + 1..<promptRange.upperBound - 1 }

    /// The texts of a message as written, without quotes: its content, or the text parts of it.
    private func forEachText(of message: Message, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard !message.contentRange.isEmpty else { return }
        switch self.body[message.contentRange.lowerBound] {
        case UInt8(ascii: "\""):
            let content = message.contentRange.lowerBound + 1..<message.contentRange.upperBound - 1
            self.body.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[content])) }
        case UInt8(ascii: "["):
            var finder = StringFinder(wanted: .textParts)
            finder.run(over: self.body[message.contentRange])
            for range in finder.found {
                self.body.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
            }
        default:
            break
        }
    }

    func forEachString(in range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var finder = StringFinder(wanted: .elements)
        finder.run(over: self.body[range])
        for range in finder.found {
            self.body.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
        }
    }
}

/// Finds strings in a JSON array without a parser at hand: its elements, or the `text` of parts whose type is `text`.
private struct StringFinder: JSONEvents {
    enum Wanted { case elements, textParts }

    let wanted: Wanted
    /// Without quotes, in the bytes that the slice is of.
    private(set) var found: [Range<Int>] = []
    private var base = 0
    private var depth = 0
    private var name: [UInt8] = []
    private var partIsText = false
    private var partText: Range<Int>?

    init(wanted: Wanted) { self.wanted = wanted }

    mutating func run(over bytes: ArraySlice<UInt8>) {
        base = bytes.startIndex
        var reader = JSONReader()
        // The bytes were validated when the request was read: no error is possible.
        try? reader.feed(bytes, into: &self)
    }

    mutating func beginArray(at offset: Int) { depth += 1 }
    mutating func endArray(at offset: Int) { depth -= 1 }

    mutating func beginObject(at offset: Int) {
        depth += 1
        if depth == 2 { (partIsText, partText) = (false, nil) }
    }

    mutating func endObject(at offset: Int) {
        depth -= 1
        if depth == 1, wanted == .textParts, partIsText, let partText { found.append(partText) }
    }

    mutating func key(_ name: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        if depth == 2 { self.name = Array(name) }
    }

    mutating func string(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        let content = base + range.lowerBound + 1..<base + range.upperBound - 1
        switch (wanted, depth) {
        case (.elements, 1):
            found.append(content)
        case (.textParts, 2):
            if name.elementsEqual("type".utf8) { partIsText = text.elementsEqual("text".utf8) }
            if name.elementsEqual("text".utf8) { partText = content }
        default:
            break
        }
    }

    mutating func number(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {}
    mutating func literal(_ literal: JSONLiteral, in range: Range<Int>) {}
}
