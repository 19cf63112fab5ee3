/// Why bytes are not the JSON that was asked for, and where.
///
/// `offset` counts bytes from 0, `line` and `column` from 1; columns count bytes of the line, so that they are exact
/// for tools that point into a file. A reader that validates by vectors (`JSONParser`) finds the place only after the
/// fact, by reading the same bytes again with `JSONReader`.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        case empty
        case unexpectedEnd
        case unexpectedByte(UInt8)
        case trailingBytes
        case badLiteral
        case badNumber
        case badEscape
        case controlCharacter
        case badUTF8
        case loneSurrogate
        case tooDeep(limit: Int)
        case duplicateName
        /// Only `JSONParser` with `.bounded` integers: outside -2^63 ..< 2^64, or a number no double can hold.
        case numberOutOfRange
    }

    public var reason: Reason
    public var offset: Int
    public var line: Int
    public var column: Int

    public init(_ reason: Reason, offset: Int, line: Int, column: Int) {
        self.reason = reason
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// Without the place: "a control character inside a string".
    public var what: String {
        switch reason {
        case .empty: "no JSON value"
        case .unexpectedEnd: "the JSON ends too early"
        case .unexpectedByte(let byte): "unexpected \(Self.name(of: byte))"
        case .trailingBytes: "something follows the JSON value"
        case .badLiteral: "a word that is neither true, false nor null"
        case .badNumber: "a malformed number"
        case .badEscape: "a malformed escape inside a string"
        case .controlCharacter: "a control character inside a string"
        case .badUTF8: "bytes that are not UTF-8"
        case .loneSurrogate: "half of a surrogate pair"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .duplicateName: "a member name that occurs twice in one object"
        case .numberOutOfRange: "a number outside the range of 64 bits"
        }
    }

    public var description: String { "\(what) at line \(line), column \(column)" }

    private static func name(of byte: UInt8) -> String {
        switch byte {
        case 0x21...0x7E: "'\(Character(Unicode.Scalar(byte)))'"
        case 0x20: "space"
        default: "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
