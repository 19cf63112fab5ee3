/// Trees from text, by our own reader, and back.
extension JSONTree {
    /// Reads one value. Strict, as `JSONReader` is; duplicate names are kept unless they are to be refused.
    public static func parse(
        _ bytes: some Collection<UInt8>,
        depthLimit: Int = JSONReader.deepest,
        refusingDuplicateNames: Bool = false
    ) throws(JSONError) -> JSONTree {
        var reader = JSONReader(depthLimit: depthLimit, refusingDuplicateNames: refusingDuplicateNames)
        var builder = TreeBuilder()
        try reader.feed(bytes, into: &builder)
        try reader.finish(into: &builder)
        return builder.root
    }

    /// The value as JSON text: without white space, or two spaces a level for people.
    public func encode(pretty: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes, indent: pretty ? 0 : nil)
        return bytes
    }

    private func write(into bytes: inout [UInt8], indent: Int?) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let text): bytes.append(contentsOf: text)
        case .string(let text): Self.quote(text, into: &bytes)
        case .array(let elements):
            Self.write(elements, between: ("[", "]"), into: &bytes, indent: indent) { element, bytes, inner in
                element.write(into: &bytes, indent: inner)
            }
        case .object(let members):
            Self.write(members, between: ("{", "}"), into: &bytes, indent: indent) { member, bytes, inner in
                Self.quote(member.name, into: &bytes)
                bytes.append(contentsOf: (inner == nil ? ":" : ": ").utf8)
                member.value.write(into: &bytes, indent: inner)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item],
        between brackets: (String, String),
        into bytes: inout [UInt8],
        indent: Int?,
        each: (Item, inout [UInt8], Int?) -> Void
    ) {
        bytes.append(contentsOf: brackets.0.utf8)
        let inner = indent.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine(inner, into: &bytes)
            each(item, &bytes, inner)
        }
        if !items.isEmpty { breakLine(indent, into: &bytes) }
        bytes.append(contentsOf: brackets.1.utf8)
    }

    private static func breakLine(_ indent: Int?, into bytes: inout [UInt8]) {
        guard let indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent))
    }

    private static func quote(_ text: String, into bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { JSONWriter.escape($0, into: &bytes) }
    }
}

/// Builds a tree from events: a stack of the containers that are open, the innermost last.
private struct TreeBuilder: JSONEvents {
    private struct Open {
        var isObject: Bool
        var elements: [JSONTree] = []
        var members: [JSONTree.Member] = []
        var name = ""
    }

    private var stack: [Open] = []
    private(set) var root = JSONTree.null

    private mutating func place(_ value: JSONTree) {
        guard let last = stack.indices.last else {
            root = value
            return
        }
        if stack[last].isObject {
            stack[last].members.append(JSONTree.Member(name: stack[last].name, value: value))
        } else {
            stack[last].elements.append(value)
        }
    }

    mutating func beginObject(at offset: Int) { stack.append(Open(isObject: true)) }
    mutating func beginArray(at offset: Int) { stack.append(Open(isObject: false)) }
    mutating func endObject(at offset: Int) { place(.object(stack.removeLast().members)) }
    mutating func endArray(at offset: Int) { place(.array(stack.removeLast().elements)) }

    mutating func key(_ name: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        stack[stack.count - 1].name = String(decoding: name, as: UTF8.self)
    }

    mutating func string(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        place(.string(String(decoding: text, as: UTF8.self)))
    }

    mutating func number(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
        place(.number(Array(text)))
    }

    mutating func literal(_ literal: JSONLiteral, in range: Range<Int>) {
        switch literal {
        case .null: place(.null)
        case .true: place(.bool(true))
        case .false: place(.bool(false))
        }
    }
}
