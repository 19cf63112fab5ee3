// Finds the members of a JSON object that is known to be valid (we wrote it), as slices of its bytes. A tree would
// lose the white space inside the values, and a candidate's request, prompts and answers are kept byte for byte.

/// The members of one JSON object: names as written between their quotes (ours have no escapes), values raw.
struct RawMembers {
    private var members: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []

    /// Nil if the bytes are no object, or end inside a value. Anything finer is for a validating reader to find.
    init?(_ bytes: ArraySlice<UInt8>) {
        var at = bytes.startIndex
        let end = bytes.endIndex
        func skipSpace() {
            while at < end, bytes[at] == 0x20 || bytes[at] == 0x0a || bytes[at] == 0x0d || bytes[at] == 0x09 { at += 1 }
        }
        func take(_ byte: Character) -> Bool {
            skipSpace()
            guard at < end, bytes[at] == byte.asciiValue! else { return false }
            at += 1
            return true
        }
        guard take("{") else { return nil }
        if take("}") { return }
        repeat {
            skipSpace()
            guard let name = Self.value(in: bytes, at: &at), name.count >= 2, name.first == UInt8(ascii: "\""),
                take(":")
            else { return nil }
            skipSpace()
            guard let value = Self.value(in: bytes, at: &at) else { return nil }
            members.append((name.dropFirst().dropLast(), value))
        } while take(",")
        guard take("}") else { return nil }
        skipSpace()
        guard at == end else { return nil }
    }

    subscript(_ name: StaticString) -> ArraySlice<UInt8>? {
        name.withUTF8Buffer { name in members.first { $0.name.elementsEqual(name) }?.value }
    }

    /// Takes the value that begins at `at`: brackets are counted, strings skipped, scalars end at a delimiter.
    private static func value(in bytes: ArraySlice<UInt8>, at: inout Int) -> ArraySlice<UInt8>? {
        let start = at
        var depth = 0
        while at < bytes.endIndex {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                while at < bytes.endIndex, bytes[at] != UInt8(ascii: "\"") {
                    at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard at < bytes.endIndex else { return nil }
                at += 1
                if depth == 0 { return bytes[start..<at] }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return start < at ? bytes[start..<at] : nil }
                depth -= 1
                at += 1
                if depth == 0 { return bytes[start..<at] }
            case UInt8(ascii: ","), 0x20, 0x0a, 0x0d, 0x09:
                if depth == 0 { return start < at ? bytes[start..<at] : nil }
                at += 1
            default:
                at += 1
            }
        }
        return nil
    }
}
