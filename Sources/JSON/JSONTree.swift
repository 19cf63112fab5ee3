/// A whole JSON value as a tree, for work off the request path: schemas, candidates, explanations. Member order,
/// duplicate names and the text of numbers are kept, so that `parse` then `encode` loses white space only.
public indirect enum JSONTree: Sendable, Equatable {
    public struct Member: Sendable, Equatable {
        public var name: String
        public var value: JSONTree

        public init(name: String, value: JSONTree) {
            self.name = name
            self.value = value
        }
    }

    case null
    case bool(Bool)
    /// The number's text as it was written.
    case number([UInt8])
    case string(String)
    case array([JSONTree])
    case object([Member])
}

extension JSONTree {
    /// The value of the last member of that name, as most readers would have it; nil too where this is no object.
    public subscript(_ name: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    public subscript(_ index: Int) -> JSONTree? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    public var string: String? { if case .string(let text) = self { text } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var array: [JSONTree]? { if case .array(let elements) = self { elements } else { nil } }
    public var object: [Member]? { if case .object(let members) = self { members } else { nil } }
    public var isNull: Bool { self == .null }

    /// Nil where this is no number, or one that is written as, or too large for, an integer of 64 bits.
    public var int: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(String(decoding: text, as: UTF8.self))
    }

    public var double: Double? {
        guard case .number(let text) = self else { return nil }
        return Double(String(decoding: text, as: UTF8.self))
    }

    public static func int(_ value: Int) -> JSONTree { .number(Array(String(value).utf8)) }

    /// `value` in the shortest text that reads back the same; null for NaN and the infinities.
    public static func double(_ value: Double) -> JSONTree {
        value.isFinite ? .number(Array(value.description.utf8)) : .null
    }
}
