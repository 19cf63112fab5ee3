/// The options of a check as its configuration file gave them, free of the file's language.
///
/// `- finished` has `.absent`; `- max_chars: 2000` the short form, a scalar; `- one_of: { values: [a, b] }` a mapping.
public indirect enum CheckOptions: Sendable, Equatable {
    case absent
    case scalar(Scalar)
    case list([CheckOptions])
    case mapping([Member])

    /// A scalar keeps its text as written (`1.0`, `yes`) beside what kind the file's language takes it for.
    public struct Scalar: Sendable, Equatable {
        public enum Kind: String, Sendable { case string, number, boolean, null }
        public var text: String
        public var kind: Kind

        public init(_ text: String, kind: Kind = .string) {
            self.text = text
            self.kind = kind
        }
    }

    public struct Member: Sendable, Equatable {
        public var key: String
        public var value: CheckOptions

        public init(_ key: String, _ value: CheckOptions) {
            self.key = key
            self.value = value
        }
    }

    public static func string(_ text: String) -> CheckOptions { .scalar(Scalar(text)) }
    public static func number(_ text: String) -> CheckOptions { .scalar(Scalar(text, kind: .number)) }
    public static func bool(_ value: Bool) -> CheckOptions { .scalar(Scalar(value ? "true" : "false", kind: .boolean)) }

    var kind: String {
        switch self {
        case .absent: "nothing"
        case .scalar(let scalar): "a \(scalar.kind.rawValue)"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// A check that cannot be built, because of its options or of a file they name.
public struct CheckError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The check's name in the configuration.
    public var check: String
    /// Where in the options: keys and list positions from the outside in; empty for the check as a whole.
    public var path: [String]
    public var message: String
    /// The word the user probably meant, where there is one.
    public var suggestion: String?
    /// The file that the error is in, as the options name it; nil where the options themselves are wrong.
    public var file: String?
    /// Where in that file, if it is JSON: a pointer as a fragment, `#/properties/a`.
    public var pointer: String?
    /// Where in that file, if it is text: from 1; columns in Unicode scalars.
    public var line: Int?
    public var column: Int?
    /// What else is wrong in that file.
    public var more: [CheckError] = []

    public init(
        check: String,
        path: [String] = [],
        message: String,
        suggestion: String? = nil,
        file: String? = nil,
        pointer: String? = nil,
        line: Int? = nil,
        column: Int? = nil
    ) {
        self.check = check
        self.path = path
        self.message = message
        self.suggestion = suggestion
        self.file = file
        self.pointer = pointer
        self.line = line
        self.column = column
    }

    public var description: String {
        ([check] + path).joined(separator: ".") + ": " + (file.map { "\($0): " } ?? "") + message
    }
}

/// What a check found in a file of its own that works and is probably not meant.
public struct CheckNote: Sendable, Equatable {
    /// As the options name it.
    public let file: String
    /// From 1; columns in Unicode scalars.
    public let line: Int
    public let column: Int
    public let message: String
}
