/// Where something stands in a file.
struct Place: Sendable, Hashable {
    var file: String
    /// From 1.
    var line: Int
    /// From 1.
    var column: Int
}

/// A part of a settings file: merges and aliases followed, environment filled in, every part knowing its place and
/// its dotted key.
struct ConfigNode {
    enum Value {
        case scalar(Scalar)
        case list([ConfigNode])
        case mapping([Entry])
    }

    struct Scalar {
        /// What the file says, for messages: `${SECRET}` stays `${SECRET}`.
        var written: String
        /// With the environment filled in.
        var text: String
        /// Written without quotes, so that `5`, `true` and `null` are more than text.
        var isPlain: Bool

        var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(written) }
    }

    struct Entry {
        var name: String
        var namePlace: Place
        var value: ConfigNode
    }

    var value: Value
    var place: Place
    /// The place of the key that this is the value of: where "something is missing in here" is said.
    var keyPlace: Place
    var key: String

    var isNull: Bool {
        if case .scalar(let scalar) = value { scalar.isNull } else { false }
    }

    /// For messages: what stands here.
    var kind: String {
        switch value {
        case .scalar(let scalar): scalar.isNull ? "nothing" : "'\(Self.clipped(scalar.written))'"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    private static func clipped(_ text: String) -> String {
        text.count > 80 ? text.prefix(80) + "..." : text
    }

    static func child(of key: String, _ name: String) -> String {
        key.isEmpty ? name : "\(key).\(name)"
    }
}
