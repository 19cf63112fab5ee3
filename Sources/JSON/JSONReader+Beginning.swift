/// What a `JSONReader` shows, when asked, of what has begun at the end of the bytes so far and is not told yet.
///
/// Nothing here is final: the same token is shown again, longer, whenever the reader is asked, and told as an event at
/// its end. Buffers are valid during the call only; offsets are those of the token's first byte.
public protocol JSONBeginnings {
    /// A member's name: the whole scalars of it, decoded.
    mutating func nameBegins(_ text: UnsafeBufferPointer<UInt8>, at offset: Int)
    /// A string value: the whole scalars of it, decoded.
    mutating func stringBegins(_ text: UnsafeBufferPointer<UInt8>, at offset: Int)
    /// A number, which may be whole already: as written so far.
    mutating func numberBegins(_ text: UnsafeBufferPointer<UInt8>, at offset: Int)
    /// A literal: its first byte says which.
    mutating func literalBegins(_ literal: JSONLiteral, at offset: Int)
    /// A comma was read in an object: another member must follow.
    mutating func memberIsDue(at offset: Int)
    /// A comma was read in an array: another item must follow.
    mutating func itemIsDue(at offset: Int)
}

extension JSONReader {
    /// Shows what has begun, if anything has and the bytes can still become JSON.
    @inlinable
    public func showBeginning(to sink: inout some JSONBeginnings) {
        guard isViable else { return }
        switch state {
        case .inString, .escape, .hex, .lowBackslash, .lowU, .utf8:
            token.withUnsafeBufferPointer {
                let text = UnsafeBufferPointer(rebasing: $0[..<wholeScalars])
                if tokenIsName {
                    sink.nameBegins(text, at: tokenStart)
                } else {
                    sink.stringBegins(text, at: tokenStart)
                }
            }
        case .minus, .zero, .integer, .point, .fraction, .exponent, .exponentSign, .exponentDigits:
            token.withUnsafeBufferPointer { sink.numberBegins($0, at: tokenStart) }
        case .word:
            sink.literalBegins(wordKind, at: tokenStart)
        case .name:
            sink.memberIsDue(at: _offset)
        case .value where _depth > 0 && containers & 1 == 0:
            sink.itemIsDue(at: _offset)
        case .value, .elementOrEnd, .nameOrEnd, .colon, .afterValue:
            break
        }
    }
}
