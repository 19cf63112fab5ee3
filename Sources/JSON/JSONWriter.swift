/// Appends JSON text to a byte buffer: names, strings escaped as RFC 8259 section 7 asks, numbers, and raw slices of
/// JSON that somebody validated before. Commas are written by the writer; brackets are the caller's to balance.
///
///     var writer = JSONWriter(reserving: 256)
///     writer.beginObject()
///     writer.name("model"); writer.string("small")
///     writer.name("usage"); writer.raw(usage)
///     writer.endObject()
///     return writer.bytes
///
/// Everything is appended to one array; nothing else is allocated.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8]
    private var needsComma = false

    public init(reserving capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Goes on after `bytes`, which it takes over; `finish` gives them back.
    public init(after bytes: consuming [UInt8]) { self.bytes = bytes }

    /// Everything that was written.
    public consuming func finish() -> [UInt8] { bytes }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// A member name known at compile time, in plain ASCII without quotes or backslashes.
    public mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func name(_ name: some Collection<UInt8>) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func string(_ text: String) {
        var text = text
        separate()
        text.withUTF8 { Self.escape($0, into: &bytes) }
        needsComma = true
    }

    /// Text in UTF-8; what is not valid UTF-8 is written as U+FFFD, since JSON has no other way to say it.
    public mutating func string(_ text: some Collection<UInt8>) {
        separate()
        let done: Void? = text.withContiguousStorageIfAvailable { Self.escape($0, into: &bytes) }
        if done == nil { Array(text).withUnsafeBufferPointer { Self.escape($0, into: &bytes) } }
        needsComma = true
    }

    /// What stands between the quotes of a string, escaped and validated before.
    public mutating func string(escaped content: some Collection<UInt8>) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: content)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A complete JSON value, validated before, byte for byte.
    public mutating func raw(_ value: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
        needsComma = true
    }

    public mutating func number(_ value: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
        needsComma = true
    }

    /// The shortest text that reads back as the same double; null for NaN and the infinities, which JSON cannot say.
    public mutating func number(_ value: Double) {
        separate()
        bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
        needsComma = true
    }

    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
        needsComma = true
    }

    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}
