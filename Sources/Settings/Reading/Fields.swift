// Reads one mapping of the file, key by key.
//
// Every call names its key, so that what is known is what is read: `finish()` reports the rest, with the known key
// that was probably meant. Every call also says what is in force, in `effective`. A wrong value is reported at its
// place and its default goes on, so that one reading finds every mistake.

final class Fields {
    let node: ConfigNode
    let reading: Reading
    private let entries: [ConfigNode.Entry]
    /// Values for keys that are absent here: a route's `defaults`.
    private let fallback: [ConfigNode.Entry]
    private(set) var known: [String] = []
    private(set) var effective: [(key: String, value: Effective)] = []

    /// - Parameter node: nil or null: an empty mapping. Anything but a mapping is reported.
    init(_ node: ConfigNode, fallback: [ConfigNode.Entry] = [], _ reading: Reading) {
        self.node = node
        self.reading = reading
        self.fallback = fallback
        switch node.value {
        case .mapping(let entries): self.entries = entries
        case .scalar(let scalar) where scalar.isNull: self.entries = []
        default:
            self.entries = []
            reading.problems.add(node.place, key: node.key, "expected a mapping, found \(node.kind)")
        }
    }

    /// All entries in the file's order, for mappings whose keys are the user's own names. They count as known.
    var own: [ConfigNode.Entry] {
        known += entries.map(\.name)
        return entries
    }

    /// The value at `key`; nil where it is absent or null. The key becomes known.
    func value(_ key: String) -> ConfigNode? {
        known.append(key)
        let entry = entries.first { $0.name == key } ?? fallback.first { $0.name == key }
        return entry.flatMap { $0.value.isNull ? nil : $0.value }
    }

    func entry(_ key: String) -> ConfigNode.Entry? {
        entries.first { $0.name == key } ?? fallback.first { $0.name == key }
    }

    func put(_ key: String, _ value: Effective) {
        effective.append((key, value))
    }

    /// Something is missing in this mapping: said at the key that holds it.
    func missing(_ key: String, _ why: String) {
        problem(at: node.keyPlace, key, why)
    }

    func problem(at place: Place, _ key: String, _ message: String, suggestion: String? = nil) {
        reading.problems.add(place, key: ConfigNode.child(of: node.key, key), message, suggestion: suggestion)
    }

    /// A mapping inside this one; an empty one where it is absent. `body` reads it; its keys are then checked.
    func section<Value>(_ key: String, _ body: (Fields) -> Value) -> Value {
        let empty = ConfigNode(
            value: .mapping([]),
            place: node.place,
            keyPlace: node.keyPlace,
            key: ConfigNode.child(of: node.key, key)
        )
        let fields = Fields(value(key) ?? empty, reading)
        let result = body(fields)
        fields.finish()
        put(key, .mapping(fields.effective))
        return result
    }

    /// Like ``section(_:_:)``, but nil where it is absent.
    func optionalSection<Value>(_ key: String, _ body: (Fields) -> Value) -> Value? {
        value(key) == nil ? nil : section(key, body)
    }

    /// Reports the keys that nobody read.
    func finish() {
        for entry in entries where !known.contains(entry.name) {
            reading.problems.add(
                entry.namePlace,
                key: entry.value.key,
                "unknown key",
                suggestion: Suggestion.nearest(to: entry.name, among: known)
            )
        }
    }
}

@available(*, unavailable)
extension Fields: Sendable {}
