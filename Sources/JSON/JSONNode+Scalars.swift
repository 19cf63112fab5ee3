internal import CSimdjson

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

extension JSONNode {
    /// A string as written, without its quotes.
    @inlinable public var content: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text + Int(entry.start) + 1, count: Int(entry.end - entry.start) - 2)
    }

    /// Whether a string is written with escapes: `content` is its text otherwise.
    public var hasEscapes: Bool {
        let content = content
        return content.count > 0 && memchr(content.baseAddress!, 0x5C, content.count) != nil
    }

    /// The text of a string, in UTF-8.
    public func decoded() -> [UInt8] { JSONText.decode(content) }

    /// Appends the text of a string: nothing else is allocated.
    public func appendDecoded(to bytes: inout [UInt8]) { JSONText.appendDecoded(content, to: &bytes) }

    /// Unicode scalars in the text of a string.
    public var scalarCount: Int { JSONText.scalarCount(content) }

    /// Whether this is a string of that text, however it is written. Inlined, so that with a literal it is a comparison
    /// of a word or two.
    @inlinable @inline(__always) public func isString(_ other: StaticString) -> Bool {
        guard text[Int(entry.start)] == UInt8(ascii: "\"") else { return false }
        let count = other.utf8CodeUnitCount
        let length = Int(entry.end - entry.start) - 2
        if length != count { return length > count && isWritten(other) }
        let mine = UnsafeRawPointer(text + Int(entry.start) + 1)
        let theirs = UnsafeRawPointer(other.utf8Start)
        var index = 0
        while index + 8 <= count {
            let word = mine.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if word != theirs.loadUnaligned(fromByteOffset: index, as: UInt64.self) { return false }
            index += 8
        }
        while index < count {
            if mine.load(fromByteOffset: index, as: UInt8.self) != theirs.load(fromByteOffset: index, as: UInt8.self) {
                return false
            }
            index += 1
        }
        return true
    }

    /// The same for a string that is longer as written: by its escapes, or because it is another.
    @usableFromInline func isWritten(_ other: StaticString) -> Bool {
        // An escape is longer than what it stands for, by six at most.
        guard content.count <= 6 * other.utf8CodeUnitCount, hasEscapes else { return false }
        return decoded().elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
    }

    /// Whether a number is written without point and exponent.
    public var isInteger: Bool {
        guard kind == .number else { return false }
        return !raw.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    }

    /// The value of an integer; nil for other values and beyond 64 bits.
    public var int: Int? {
        guard kind == .number else { return nil }
        var value = 0
        let isNegative = raw[0] == UInt8(ascii: "-")
        for byte in raw.dropFirst(isNegative ? 1 : 0) {
            let digit = Int(byte) - 0x30
            guard (0...9).contains(digit) else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, carry) =
                isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = next
        }
        return value
    }

    /// The value of a number, infinite where a double cannot hold it; nil for other values.
    public var double: Double? {
        kind == .number ? csj_double(raw.baseAddress, raw.count) : nil
    }
}

/// Operations on slices of valid JSON text.
public enum JSONText {
    /// The text of a string written between quotes (given without them), in UTF-8.
    public static func decode(_ content: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        guard let base = content.baseAddress, content.count > 0 else { return [] }
        guard memchr(base, 0x5C, content.count) != nil else { return Array(content) }
        return [UInt8](unsafeUninitializedCapacity: content.count) { buffer, count in
            count = csj_decode(base, content.count, buffer.baseAddress)
        }
    }

    /// The same, appended.
    public static func appendDecoded(_ content: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        guard let base = content.baseAddress, content.count > 0 else { return }
        let start = bytes.count
        bytes.append(contentsOf: content)
        guard memchr(base, 0x5C, content.count) != nil else { return }
        // Decoded once more over what was copied: an escape is longer than what it stands for.
        let count = bytes.withUnsafeMutableBufferPointer { csj_decode(base, content.count, $0.baseAddress! + start) }
        bytes.removeLast(content.count - count)
    }

    /// Unicode scalars of such a string, without decoding it.
    public static func scalarCount(_ content: UnsafeBufferPointer<UInt8>) -> Int {
        guard let base = content.baseAddress, content.count > 0 else { return 0 }
        return csj_scalars(base, content.count)
    }

    /// Appends `text` without the white space outside its strings.
    public static func appendCompact(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        guard let base = text.baseAddress, text.count > 0 else { return }
        let start = bytes.count
        bytes.append(contentsOf: text)
        // Written once more over what was copied: it is no longer than that.
        let count = bytes.withUnsafeMutableBufferPointer { csj_minify(base, text.count, $0.baseAddress! + start) }
        bytes.removeLast(text.count - count)
    }

    /// A `logprobs` value of chat's shape with at most `count` alternatives a token; nil for the shape of completions.
    public static func trimLogprobs(_ text: UnsafeBufferPointer<UInt8>, to count: Int) -> [UInt8]? {
        let trimmed = [UInt8](unsafeUninitializedCapacity: text.count) { buffer, size in
            size = csj_trim_logprobs(text.baseAddress, text.count, count, buffer.baseAddress)
        }
        return trimmed.isEmpty ? nil : trimmed
    }
}
