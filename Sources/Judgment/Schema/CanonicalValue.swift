public import JSON

/// Canonical bytes of JSON values: equal bytes mean equal values, as JSON Schema compares them (numbers by their
/// mathematical value, objects whatever the order of their members).
///
///     null n   true t   false f
///     number   d sign digits e exponent ;
///     string   s length : bytes
///     array    a items .
///     object   o members (name string, value), sorted by name .
///
/// Every form ends by itself, so forms can stand one after the other.
struct CanonicalValue {
    private(set) var bytes: [UInt8] = []
    /// Where the members of the open objects begin, innermost last.
    private var members: [Int] = []

    init() {}

    init(_ tree: JSONTree) {
        append(tree)
    }

    var count: Int { bytes.count }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        members.removeAll(keepingCapacity: true)
    }

    mutating func append(_ literal: JSONLiteral) {
        switch literal {
        case .null: bytes.append(UInt8(ascii: "n"))
        case .true: bytes.append(UInt8(ascii: "t"))
        case .false: bytes.append(UInt8(ascii: "f"))
        }
    }

    mutating func append(_ number: ExactDecimal) {
        bytes.append(UInt8(ascii: "d"))
        if number.isNegative { bytes.append(UInt8(ascii: "-")) }
        for digit in number.digits { bytes.append(UInt8(ascii: "0") + digit) }
        bytes.append(UInt8(ascii: "e"))
        bytes.append(contentsOf: String(number.exponent).utf8)
        bytes.append(UInt8(ascii: ";"))
    }

    mutating func append(string: some Collection<UInt8>) {
        bytes.append(UInt8(ascii: "s"))
        bytes.append(contentsOf: String(string.count).utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: string)
    }

    mutating func beginArray() { bytes.append(UInt8(ascii: "a")) }
    mutating func endArray() { bytes.append(UInt8(ascii: ".")) }
    mutating func beginObject() { bytes.append(UInt8(ascii: "o")) }

    /// A member begins: its name, then its value is appended.
    mutating func appendKey(_ name: some Collection<UInt8>) {
        members.append(bytes.count)
        append(string: name)
    }

    /// - Parameter members: how many members the object has.
    mutating func endObject(members count: Int) {
        let starts = Array(members.suffix(count))
        members.removeLast(count)
        if let first = starts.first, count > 1 {
            let ends = starts.dropFirst() + [bytes.count]
            let sorted = zip(starts, ends).map { bytes[$0..<$1] }.sorted { $0.lexicographicallyPrecedes($1) }
            bytes.replaceSubrange(first..., with: sorted.flatMap { $0 })
        }
        bytes.append(UInt8(ascii: "."))
    }

    mutating func append(_ tree: JSONTree) {
        switch tree {
        case .null: append(JSONLiteral.null)
        case .bool(let value): append(value ? JSONLiteral.true : .false)
        case .number(let text): append(ExactDecimal(text))
        case .string(let text): append(string: text.utf8)
        case .array(let elements):
            beginArray()
            for element in elements { append(element) }
            endArray()
        case .object(let entries):
            beginObject()
            for member in entries {
                appendKey(member.name.utf8)
                append(member.value)
            }
            endObject(members: entries.count)
        }
    }
}

extension JSONTree {
    /// Equal bytes for equal values, as JSON Schema compares them: whatever the order of members, and `1` as `1.0`.
    public var canonicalForm: [UInt8] { CanonicalValue(self).bytes }
}
