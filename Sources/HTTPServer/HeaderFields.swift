/// The header fields of one message, as they came: one buffer of bytes and the ranges of names and values in it.
///
/// Names are compared without case, values come without the white space around them. Repeated fields stay apart.
public struct HeaderFields: Sendable, Sequence {
    struct Field: Sendable {
        var nameStart: UInt32
        var nameEnd: UInt32
        var valueStart: UInt32
        var valueEnd: UInt32
    }

    var bytes: [UInt8]
    var fields: [Field]

    init(bytes: [UInt8], fields: [Field]) {
        self.bytes = bytes
        self.fields = fields
    }

    /// For tests and tools; the server makes its own out of the socket's bytes.
    public init(_ pairs: [(String, String)]) {
        bytes = []
        fields = []
        for (name, value) in pairs {
            let start = UInt32(bytes.count)
            bytes.append(contentsOf: name.utf8)
            let middle = UInt32(bytes.count)
            bytes.append(contentsOf: value.utf8)
            fields.append(
                Field(nameStart: start, nameEnd: middle, valueStart: middle, valueEnd: UInt32(bytes.count))
            )
        }
    }

    public var count: Int { fields.count }

    /// The first value of `name`, which is written in lower case. No allocation.
    public subscript(_ name: StaticString) -> ArraySlice<UInt8>? {
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        for field in fields where matches(field, wanted) { return value(of: field) }
        return nil
    }

    /// The same for a name that settings hold; also in lower case.
    public subscript(_ name: [UInt8]) -> ArraySlice<UInt8>? {
        name.withUnsafeBufferPointer { wanted in
            for field in fields where matches(field, wanted) { return value(of: field) }
            return nil
        }
    }

    /// The first value of a name that is known only at run time, in any case.
    public func first(_ name: String) -> ArraySlice<UInt8>? {
        var name = name.lowercased()
        return name.withUTF8 { wanted in
            for field in fields where matches(field, wanted) { return value(of: field) }
            return nil
        }
    }

    /// Every value of `name`, in the order they came.
    public func all(_ name: String) -> [ArraySlice<UInt8>] {
        var name = name.lowercased()
        return name.withUTF8 { wanted in fields.filter { matches($0, wanted) }.map { value(of: $0) } }
    }

    public func makeIterator() -> AnyIterator<(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)> {
        var rest = fields.makeIterator()
        return AnyIterator {
            guard let field = rest.next() else { return nil }
            return (bytes[Int(field.nameStart)..<Int(field.nameEnd)], value(of: field))
        }
    }

    private func value(of field: Field) -> ArraySlice<UInt8> {
        bytes[Int(field.valueStart)..<Int(field.valueEnd)]
    }

    private func matches(_ field: Field, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        guard Int(field.nameEnd - field.nameStart) == wanted.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            equalsLowercase(UnsafeBufferPointer(rebasing: bytes[Int(field.nameStart)..<Int(field.nameEnd)]), wanted)
        }
    }
}

/// Whether `bytes` is `lowercase`, which has no capital ASCII letters, without regard to the case of ASCII letters.
func equalsLowercase(_ bytes: UnsafeBufferPointer<UInt8>, _ lowercase: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes.count == lowercase.count else { return false }
    for index in 0..<bytes.count {
        let byte = bytes[index]
        guard (byte &- 0x41 < 26 ? byte | 0x20 : byte) == lowercase[index] else { return false }
    }
    return true
}
