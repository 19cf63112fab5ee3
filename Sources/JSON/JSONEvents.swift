/// What a `JSONReader` tells about the bytes it is fed, in document order.
///
/// Implement it as a struct and let the reader call it through a generic: nothing is boxed, nothing is allocated for
/// an event. Buffers are valid during the call only. Offsets count bytes from the first byte ever fed; a range covers
/// the token as written, quotes and escapes included. Nothing is told about a token before its last byte has been
/// read (`JSONReader.showBeginning` shows earlier what has begun).
///
/// A sink that has seen enough keeps that to itself (a flag), and its owner stops feeding.
public protocol JSONEvents {
    mutating func beginObject(at offset: Int)
    mutating func endObject(at offset: Int)
    mutating func beginArray(at offset: Int)
    mutating func endArray(at offset: Int)
    /// A member's name, decoded to UTF-8.
    mutating func key(_ name: UnsafeBufferPointer<UInt8>, in range: Range<Int>)
    /// A string value, decoded to UTF-8.
    mutating func string(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>)
    /// A number as written, of any length.
    mutating func number(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>)
    mutating func literal(_ literal: JSONLiteral, in range: Range<Int>)
}

public enum JSONLiteral: Sendable, Hashable {
    case null, `true`, `false`
}

/// A sink for those who only want to know whether the bytes are JSON.
public struct IgnoredEvents: JSONEvents, Sendable {
    @inlinable public init() {}
    @inlinable public mutating func beginObject(at offset: Int) {}
    @inlinable public mutating func endObject(at offset: Int) {}
    @inlinable public mutating func beginArray(at offset: Int) {}
    @inlinable public mutating func endArray(at offset: Int) {}
    @inlinable public mutating func key(_ name: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {}
    @inlinable public mutating func string(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {}
    @inlinable public mutating func number(_ text: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {}
    @inlinable public mutating func literal(_ literal: JSONLiteral, in range: Range<Int>) {}
}
