public import Digest
import JSON

/// The answer that counts when two are compared, of a candidate large's: the text of the first choice without the white
/// space around it, or its tool calls by value (what they call, with which arguments; not their ids, which are drawn
/// anew each time).
public struct CountedAnswer: Sendable, Equatable {
    /// What is equal where the answers are: a text, or JSON.
    public let text: String

    /// Nil where there is none: no large answer, a refusal, an empty one.
    public init?(_ candidate: Candidate) {
        guard let large = candidate.large, let counted = CountedAnswer(large) else { return nil }
        self = counted
    }

    /// The same of one answer, of either model.
    public init?(_ answer: Candidate.Answer) {
        guard let answer = ChosenAnswer(answer), answer.refusal == nil else { return nil }
        if let calls = answer.toolCalls?.array {
            text = String(decoding: JSONTree.array(calls.map(Self.byValue)).encode(), as: UTF8.self)
        } else {
            text = answer.text?.trimmed ?? ""
        }
        if text.isEmpty { return nil }
    }

    public var digest: Digest32 { SHA256.digest(of: text) }

    /// A call without its id, its arguments as the JSON they are, members in one order.
    private static func byValue(_ call: JSONTree) -> JSONTree {
        let function = call["function"]
        let arguments = function?["arguments"]?.string ?? ""
        return .array([
            function?["name"] ?? .null,
            (try? JSONTree.parse(arguments.utf8))?.ordered ?? .string(arguments),
        ])
    }
}

extension JSONTree {
    /// The same value with the members of every object sorted by their names.
    fileprivate var ordered: JSONTree {
        switch self {
        case .array(let elements): .array(elements.map(\.ordered))
        case .object(let members):
            .object(
                members.map { Member(name: $0.name, value: $0.value.ordered) }.sorted { $0.name < $1.name }
            )
        default: self
        }
    }
}

extension String {
    /// Without the white space at both ends.
    var trimmed: String {
        guard let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[...last].drop(while: \.isWhitespace))
    }
}
