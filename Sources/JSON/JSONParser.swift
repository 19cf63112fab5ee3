internal import CSimdjson

/// simdjson with the buffers it needs, one for each worker: validates a whole text and shows its values where they lie.
///
///     let root = try parser.parse(body, integers: .bounded)
///     for member in root.members where member.name.isString("model") { ... }
///
/// Everything is validated: grammar, UTF-8, escapes, numbers, depth; what clients send by simdjson's DOM parser, what
/// models answer by simdjson's first stage and a second one of our own, which takes integers of any length. The
/// structural positions that the first stage leaves behind become a flat table of nodes, so that raw slices cost no
/// second scan. `JSONNode` is a view into that table: **valid until the parser's next parse**, and never to be kept.
///
/// Confined to the thread of whoever made it: the buffers are reused from one parse to the next. They grow with the
/// longest text and shrink again after a very long one (over 256 KiB).
public final class JSONParser {
    public enum Integers: Sendable {
        /// Refuse integers outside -2^63 ..< 2^64 and numbers that no double can hold: what clients send.
        case bounded
        /// Any number RFC 8259 allows, as text: what models answer.
        case any
    }

    private let handle: OpaquePointer

    public init() {
        guard let handle = csj_new() else { fatalError("no memory for a JSON parser") }
        self.handle = handle
    }

    deinit {
        // simdjson keeps nothing beyond its parser object.
        csj_free(handle)
    }

    /// The root of `text`, or why it is not JSON and where.
    public func parse(
        _ text: borrowing [UInt8],
        integers: Integers,
        depthLimit: Int = JSONReader.deepest
    ) throws(JSONError) -> JSONNode {
        try text.withUnsafeBufferPointer { text throws(JSONError) in
            try parse(text, integers: integers, depthLimit: depthLimit)
        }
    }

    /// The same. The text is copied: the nodes do not depend on where it came from.
    public func parse(
        _ text: UnsafeBufferPointer<UInt8>,
        integers: Integers,
        depthLimit: Int = JSONReader.deepest
    ) throws(JSONError) -> JSONNode {
        let status =
            switch integers {
            case .bounded: csj_parse_bounded(handle, text.baseAddress, text.count, depthLimit)
            case .any: csj_parse_any(handle, text.baseAddress, text.count, depthLimit)
            }
        switch status {
        case CSJ_OK:
            break
        case CSJ_NUMBER:
            try explain(text, depthLimit)
            throw Self.firstUnboundedNumber(text)
        case CSJ_MEMORY:
            fatalError("no memory to parse \(text.count) bytes of JSON")
        default:
            try explain(text, depthLimit)
            // Both readers refuse the same texts, numbers aside, which were dealt with above: see the differential
            // test.
            throw JSONError(.unexpectedEnd, offset: 0, line: 1, column: 1)
        }
        return JSONNode(
            text: csj_text(handle),
            table: UnsafeRawPointer(csj_nodes(handle)!).assumingMemoryBound(to: JSONNode.Entry.self),
            index: 0
        )
    }

    /// simdjson says that something is wrong, our own reader says what, and where.
    private func explain(_ text: UnsafeBufferPointer<UInt8>, _ depthLimit: Int) throws(JSONError) {
        if let error = JSONReader.check(text, depthLimit: depthLimit) { throw error }
    }

    private static func firstUnboundedNumber(_ text: UnsafeBufferPointer<UInt8>) -> JSONError {
        var finder = UnboundedNumber()
        var reader = JSONReader()
        do throws(JSONError) {
            try reader.feed(text, into: &finder)
            try reader.finish(into: &finder)
        } catch { return error }
        let offset = finder.offset ?? 0
        let before = text[..<offset]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return JSONError(.numberOutOfRange, offset: offset, line: line, column: offset - lineStart + 1)
    }

    /// The first name in `object` that an earlier member has too, compared by their decoded text.
    public func duplicateName(in object: JSONNode) -> JSONNode? {
        let index = csj_duplicate(handle, object.index)
        return index == 0 ? nil : object.at(index)
    }

    /// The token log-probabilities of a choice: `content` of chat.
    public func tokens(objects: JSONNode) throws(TokenColumns.Refusal) -> TokenColumns {
        var out = csj_logprobs()
        let status = csj_chat_logprobs(handle, objects.index, &out)
        return try TokenColumns(status, out)
    }

    /// The same from parallel arrays, as the completions dialect has them.
    public func tokens(
        texts: JSONNode,
        logprobs: JSONNode,
        alternatives: JSONNode?,
        offsets: JSONNode?
    ) throws(TokenColumns.Refusal) -> TokenColumns {
        var out = csj_logprobs()
        let status = csj_column_logprobs(
            handle,
            texts.index,
            logprobs.index,
            alternatives?.index ?? 0,
            offsets?.index ?? 0,
            &out
        )
        return try TokenColumns(status, out)
    }
}

@available(*, unavailable)
extension JSONParser: Sendable {}

/// Finds the first number that 64 bits or a double cannot hold.
private struct UnboundedNumber: JSONEvents {
    private(set) var offset: Int?

    mutating func number(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        guard offset == nil else { return }
        let digits = String(decoding: text, as: UTF8.self)
        let isInteger = !text.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
        let fits = isInteger ? Int64(digits) != nil || UInt64(digits) != nil : Double(digits)?.isFinite == true
        if !fits { offset = range.lowerBound }
    }

    mutating func beginObject(at offset: Int) {}
    mutating func endObject(at offset: Int) {}
    mutating func beginArray(at offset: Int) {}
    mutating func endArray(at offset: Int) {}
    mutating func key(_ name: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {}
    mutating func string(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {}
    mutating func literal(_ literal: JSONLiteral, in range: Range<Int>) {}
}
