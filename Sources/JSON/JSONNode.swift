public enum JSONKind: Sendable, Hashable {
    case null, bool, number, string, array, object
}

/// A value, or a member's name, in a text that a `JSONParser` has validated: a view without ownership, valid until the
/// parser's next parse. Copying it costs nothing; keeping it is an error that nobody catches.
public struct JSONNode {
    /// As `csj_node` has it.
    @usableFromInline struct Entry {
        @usableFromInline let start, end, next, count: UInt32
    }

    @usableFromInline let text: UnsafePointer<UInt8>
    @usableFromInline let table: UnsafePointer<Entry>
    @usableFromInline let index: UInt32

    @inlinable
    init(text: UnsafePointer<UInt8>, table: UnsafePointer<Entry>, index: UInt32) {
        self.text = text
        self.table = table
        self.index = index
    }

    @inlinable var entry: Entry { table[Int(index)] }
    @inlinable func at(_ index: UInt32) -> JSONNode { JSONNode(text: text, table: table, index: index) }

    @inlinable @inline(__always) public var kind: JSONKind {
        switch text[Int(entry.start)] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// Where the value lies in the text that was parsed, quotes and brackets included.
    @inlinable public var range: Range<Int> { Int(entry.start)..<Int(entry.end) }

    /// The value as written.
    @inlinable public var raw: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text + Int(entry.start), count: Int(entry.end - entry.start))
    }

    /// Elements of an array.
    @inlinable public var elementCount: Int { Int(entry.count) }
    /// Members of an object.
    @inlinable public var memberCount: Int { Int(entry.count / 2) }

    @inlinable public var isNull: Bool { text[Int(entry.start)] == UInt8(ascii: "n") }
    @inlinable public var bool: Bool? { kind == .bool ? text[Int(entry.start)] == UInt8(ascii: "t") : nil }
}

// MARK: - Containers

extension JSONNode {
    public struct Member {
        public let name: JSONNode
        public let value: JSONNode

        @inlinable init(name: JSONNode, value: JSONNode) {
            self.name = name
            self.value = value
        }
    }

    public struct Elements: Sequence, IteratorProtocol {
        @usableFromInline let parent: JSONNode
        @usableFromInline var cursor: UInt32

        @inlinable init(_ parent: JSONNode) {
            self.parent = parent
            cursor = parent.index + 1
        }

        @inlinable public mutating func next() -> JSONNode? {
            guard cursor < parent.entry.next else { return nil }
            let element = parent.at(cursor)
            cursor = element.entry.next
            return element
        }
    }

    public struct Members: Sequence, IteratorProtocol {
        @usableFromInline let parent: JSONNode
        @usableFromInline var cursor: UInt32

        @inlinable init(_ parent: JSONNode) {
            self.parent = parent
            cursor = parent.index + 1
        }

        @inlinable public mutating func next() -> Member? {
            guard cursor < parent.entry.next else { return nil }
            let value = parent.at(cursor + 1)
            let name = parent.at(cursor)
            cursor = value.entry.next
            return Member(name: name, value: value)
        }
    }

    /// Empty for what is neither array nor object; of an object, names and values by turns.
    @inlinable public var elements: Elements { Elements(self) }
    /// In order, duplicates included. Only for objects.
    @inlinable public var members: Members { Members(self) }

    /// The last member of that name.
    public subscript(_ name: StaticString) -> JSONNode? {
        guard kind == .object else { return nil }
        var found: JSONNode?
        for member in members where member.name.isString(name) { found = member.value }
        return found
    }
}
