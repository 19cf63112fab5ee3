/// An incremental JSON reader: strict RFC 8259, one value, split anywhere.
///
/// It exists beside simdjson because a model's text must be judged while it arrives: after every byte the reader knows
/// whether the prefix can still become JSON, and it takes integers of any length, since a model owes nobody 64 bits.
///
///          feed ──► lexer state ──► grammar state ──► JSONEvents
///                   (in a string,   (expects a value,
///                    in a number)    a name, a comma)
///
/// Invariants and policies
/// - `isViable` is exact: true as long as some continuation makes the bytes valid JSON within the limits.
/// - UTF-8 is checked as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. No byte order mark.
/// - `\u` escapes must make Unicode text: half a surrogate pair is refused, since no UTF-8 says it. (RFC 8259 section
///   8.2 leaves that to the reader; `JSONParser` refuses it too.)
/// - At most `depthLimit` (64 at most) containers are open at once, so that the stack is one word.
/// - Duplicate names are refused on request, compared by their decoded text; only then does the state grow with the
///   number of names in open objects. Otherwise it is as large as the longest token.
/// - The first failure is kept and thrown again by every later call.
public struct JSONReader: Sendable {
    public static let deepest = 64

    @usableFromInline enum State: UInt8, Sendable {
        // Grammar: between tokens
        case value, elementOrEnd, nameOrEnd, name, colon, afterValue
        // Lexer: inside a token
        case inString, escape, hex, lowBackslash, lowU, utf8
        case minus, zero, integer, point, fraction, exponent, exponentSign, exponentDigits
        case word
    }

    @usableFromInline let depthLimit: Int
    @usableFromInline var names: OpenNames?
    @usableFromInline var state = State.value
    /// One bit for each open container, the innermost lowest: 1 for an object.
    @usableFromInline var containers: UInt64 = 0
    @usableFromInline var tokenIsName = false
    @usableFromInline var tokenStart = 0
    /// The token so far: a string decoded, a number as written.
    @usableFromInline var token: [UInt8] = []
    /// How much of a string's `token` is whole scalars.
    @usableFromInline var wholeScalars = 0
    @usableFromInline var hexDigits = 0
    @usableFromInline var hexValue: UInt32 = 0
    @usableFromInline var highSurrogate: UInt32 = 0
    @usableFromInline var continuations = 0
    @usableFromInline var continuationRange: ClosedRange<UInt8> = 0x80...0xBF
    @usableFromInline var wordKind = JSONLiteral.null
    @usableFromInline var wordIndex = 0
    @usableFromInline var lineStart = 0

    /// Containers that are open now.
    public var depth: Int { _depth }
    @usableFromInline var _depth = 0
    /// Bytes read so far.
    @inlinable public var offset: Int { _offset }
    @usableFromInline var _offset = 0
    /// The line, from 1, of the next byte.
    public var line: Int { _line }
    @usableFromInline var _line = 1
    /// The column in bytes, from 1, of the next byte.
    public var column: Int { _offset - lineStart + 1 }
    /// What made the prefix hopeless, if anything did.
    @inlinable public var failure: JSONError? { _failure }
    @usableFromInline var _failure: JSONError?

    public init(depthLimit: Int = JSONReader.deepest, refusingDuplicateNames: Bool = false) {
        precondition((1...Self.deepest).contains(depthLimit), "a JSONReader's depth limit is 1 to 64")
        self.depthLimit = depthLimit
        names = refusingDuplicateNames ? OpenNames() : nil
    }

    /// Whether some continuation of what was read is valid JSON.
    @inlinable public var isViable: Bool { _failure == nil }

    /// Whether what was read is a whole value already: `finish` would succeed.
    public var isComplete: Bool {
        guard _failure == nil, _depth == 0 else { return false }
        return switch state {
        case .afterValue, .zero, .integer, .fraction, .exponentDigits: true
        default: false
        }
    }

    /// Whether the next byte belongs to a string that has begun, and whether that string is a member's name.
    @inlinable public var isInString: Bool {
        switch state {
        case .inString, .escape, .hex, .lowBackslash, .lowU, .utf8: true
        default: false
        }
    }

    /// Where the scalar value that has begun and not ended lies so far: the bytes of a number or a literal, and of a
    /// string those after its quote. Nil between values, and in a member's name.
    @inlinable public var openScalar: Range<Int>? {
        switch state {
        case .inString, .escape, .hex, .lowBackslash, .lowU, .utf8: tokenIsName ? nil : tokenStart + 1..<_offset
        case .minus, .zero, .integer, .point, .fraction, .exponent, .exponentSign, .exponentDigits, .word:
            tokenStart..<_offset
        default: nil
        }
    }

    /// Reads more bytes.
    @inlinable
    public mutating func feed(
        _ bytes: UnsafeBufferPointer<UInt8>,
        into sink: inout some JSONEvents
    ) throws(JSONError) {
        if let _failure { throw _failure }
        var index = 0
        while index < bytes.count {
            if state == .inString {
                // The common case by far: a run of plain ASCII inside a string, copied at once.
                let start = index
                while index < bytes.count, Self.isPlain(bytes[index]) { index += 1 }
                if index > start {
                    token.append(contentsOf: bytes[start..<index])
                    wholeScalars = token.count
                    _offset += index - start
                    continue
                }
            }
            try step(bytes[index], &sink)
            _offset += 1
            index += 1
        }
    }

    @inlinable
    public mutating func feed(_ bytes: some Collection<UInt8>, into sink: inout some JSONEvents) throws(JSONError) {
        var failure: JSONError?
        let fed: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            do throws(JSONError) { try feed(buffer, into: &sink) } catch { failure = error }
        }
        if let failure { throw failure }
        guard fed == nil else { return }
        for byte in bytes { try feed(byte, into: &sink) }
    }

    @inlinable
    public mutating func feed(_ byte: UInt8, into sink: inout some JSONEvents) throws(JSONError) {
        if let _failure { throw _failure }
        try step(byte, &sink)
        _offset += 1
    }

    /// Says that no byte follows: ends a number at the top level, and refuses what is not whole.
    @inlinable
    public mutating func finish(into sink: inout some JSONEvents) throws(JSONError) {
        if let _failure { throw _failure }
        if endsNumber { endNumber(&sink) }
        guard state == .afterValue, _depth == 0 else {
            throw fail(state == .value && _depth == 0 ? .empty : .unexpectedEnd)
        }
    }

    /// Why `bytes` are not one JSON value; nil if they are.
    public static func check(
        _ bytes: some Collection<UInt8>,
        depthLimit: Int = JSONReader.deepest,
        refusingDuplicateNames: Bool = false
    ) -> JSONError? {
        var reader = JSONReader(depthLimit: depthLimit, refusingDuplicateNames: refusingDuplicateNames)
        var ignored = IgnoredEvents()
        do throws(JSONError) {
            try reader.feed(bytes, into: &ignored)
            try reader.finish(into: &ignored)
            return nil
        } catch { return error }
    }

    @usableFromInline mutating func fail(_ reason: JSONError.Reason) -> JSONError {
        let error = JSONError(reason, offset: _offset, line: _line, column: column)
        _failure = error
        return error
    }
}
