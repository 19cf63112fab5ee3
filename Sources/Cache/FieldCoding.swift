// The binary form of a stored answer's fields: whole numbers as LEB128 (7 bits a byte, least first; signed ones
// zigzag), doubles as 8 bytes little-endian, bytes with their length in front. The reader believes nothing: every
// length is checked against what is left before anything is allocated for it.

struct FieldWriter {
    var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func count(_ value: Int) { unsigned(UInt64(value)) }

    mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    mutating func double(_ value: Double) { fixed(value.bitPattern) }

    mutating func fixed(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ value: some Collection<UInt8>) {
        count(value.count)
        bytes.append(contentsOf: value)
    }

    mutating func optional<Value>(_ value: Value?, _ write: (inout FieldWriter, Value) -> Void) {
        byte(value == nil ? 0 : 1)
        if let value { write(&self, value) }
    }

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// The bytes are not what a ``FieldWriter`` wrote.
struct CorruptFields: Error {}

struct FieldReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var left: Int { bytes.count - offset }

    mutating func byte() throws(CorruptFields) -> UInt8 {
        guard left > 0 else { throw CorruptFields() }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// - Parameter width: at least how many bytes each of the things takes that are counted.
    mutating func count(width: Int = 1) throws(CorruptFields) -> Int {
        let value = try unsigned()
        guard value <= UInt64(left / width) else { throw CorruptFields() }
        return Int(value)
    }

    /// An index or length that is not followed by as many bytes.
    mutating func number(atMost limit: Int) throws(CorruptFields) -> Int {
        let value = try unsigned()
        guard value <= UInt64(limit) else { throw CorruptFields() }
        return Int(value)
    }

    mutating func signed() throws(CorruptFields) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func double() throws(CorruptFields) -> Double { Double(bitPattern: try fixed(UInt64.self)) }

    mutating func fixed<Number: FixedWidthInteger>(_ type: Number.Type) throws(CorruptFields) -> Number {
        let width = MemoryLayout<Number>.size
        guard left >= width else { throw CorruptFields() }
        defer { offset += width }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    mutating func view() throws(CorruptFields) -> UnsafeRawBufferPointer {
        let count = try count()
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    mutating func text() throws(CorruptFields) -> [UInt8] { [UInt8](try view()) }

    mutating func string() throws(CorruptFields) -> String {
        let view = try view()
        guard let string = String(validating: view, as: UTF8.self) else { throw CorruptFields() }
        return string
    }

    mutating func optional<Value>(
        _ read: (inout FieldReader) throws(CorruptFields) -> Value
    ) throws(CorruptFields) -> Value? {
        switch try byte() {
        case 0: nil
        case 1: try read(&self)
        default: throw CorruptFields()
        }
    }

    mutating func unsigned() throws(CorruptFields) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { throw CorruptFields() }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }
}
