import JSON

/// The values that paths took out of one record, to be found in its other texts. Looked up by their first four bytes,
/// so that a text is read once, however many there are. Shorter ones are left alone: `1` and `yes` stand everywhere.
struct RemovedValues {
    private static let shortest = 4
    private var byStart: [UInt32: [[UInt8]]] = [:]
    private var all: Set<[UInt8]> = []

    /// The texts and numbers in a value, as they are and as JSON writes them.
    mutating func add(_ value: JSONTree) {
        switch value {
        case .string(let text):
            insert(Array(text.utf8))
            insert(Array(value.encode().dropFirst().dropLast()))
        case .number(let text): insert(text)
        case .array(let elements): for element in elements { add(element) }
        case .object(let members): for member in members { add(member.value) }
        case .bool, .null: break
        }
    }

    private mutating func insert(_ bytes: [UInt8]) {
        guard bytes.count >= Self.shortest, !bytes.elementsEqual(Redactor.marker.utf8), all.insert(bytes).inserted
        else { return }
        // The longest first: one value may begin with another.
        let start = Self.start(bytes, 0)
        var known = byStart[start] ?? []
        known.insert(bytes, at: known.firstIndex { $0.count <= bytes.count } ?? known.endIndex)
        byStart[start] = known
    }

    func replace(in text: [UInt8]) -> [UInt8] {
        if byStart.isEmpty || text.count < Self.shortest { return text }
        var redacted: [UInt8] = []
        var copied = 0
        var at = 0
        while at + Self.shortest <= text.count {
            let found = byStart[Self.start(text, at)]?.first { text[at...].starts(with: $0) }
            if let found {
                redacted += text[copied..<at]
                redacted += Redactor.marker.utf8
                at += found.count
                copied = at
            } else {
                at += 1
            }
        }
        return copied == 0 ? text : redacted + text[copied...]
    }

    private static func start(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
    }
}
