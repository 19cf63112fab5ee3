// One record on its way to the spool, with what must not be kept taken out of it.
//
// In two rounds over all of its values. The first follows the paths and remembers what they took out; the second looks
// at every text for that and for the patterns. The second alone would not do: the value that a path takes out of the
// request stands in the prompts too, where no path leads.
//
// The limits are those of judging (CONTRACTS section 3): PCRE2's match limit for each starting point, and one budget of
// steps for the record, out of which every value a path looks at and every pattern that has to be run with the higher
// limit is paid. Reading a text is linear in its length and not charged: the body's limit bounds it.

public import JSON

/// Why a record cannot be redacted; then it must not be kept.
public enum RedactionFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case limit(String)
    /// A value that should be JSON is none.
    case unreadable(String)

    public var description: String {
        switch self {
        case .limit(let rule): "redacting by \(rule) took too many steps"
        case .unreadable(let member): "\(member) is not JSON"
        }
    }
}

/// The work on one record: first ``follow(_:)`` or ``followTexts(of:)`` for each of its values, then
/// ``redact(_:)-tree`` for each. Confined to the thread that made it.
public final class Redaction {
    private let redactor: Redactor
    private let matching = PatternMatching()
    private var budget = StepBudget()
    private var removed = RemovedValues()
    /// JSON in a text in JSON in a text: so deep, and no deeper.
    private static let deepest = 8

    public init(_ redactor: Redactor) {
        self.redactor = redactor
    }

    // MARK: The first round

    /// A document, and those inside its texts, without what the paths name.
    public func follow(_ document: JSONTree) throws(RedactionFailure) -> JSONTree { try follow(document, depth: 0) }

    /// The documents inside the texts of a value that is none itself.
    public func followTexts(of value: JSONTree) throws(RedactionFailure) -> JSONTree {
        try followTexts(of: value, depth: 0)
    }

    private func follow(_ document: JSONTree, depth: Int) throws(RedactionFailure) -> JSONTree {
        if redactor.paths.isEmpty { return document }
        var document = document
        for path in redactor.paths {
            document = try path.replacing(in: document) { () throws(RedactionFailure) in
                guard budget.pay(1) else { throw .limit("a JSON path") }
            } with: { value in
                removed.add(value)
                return .string(Redactor.marker)
            }
        }
        return try followTexts(of: document, depth: depth)
    }

    private func followTexts(of value: JSONTree, depth: Int) throws(RedactionFailure) -> JSONTree {
        if redactor.paths.isEmpty { return value }
        switch value {
        case .array(var elements):
            for index in elements.indices { elements[index] = try followTexts(of: elements[index], depth: depth) }
            return .array(elements)
        case .object(var members):
            for index in members.indices {
                members[index].value = try followTexts(of: members[index].value, depth: depth)
            }
            return .object(members)
        case .string(let text):
            guard depth < Self.deepest, let document = Self.document(in: text) else { return value }
            let followed = try follow(document, depth: depth + 1)
            return followed == document ? value : .string(Self.text(of: followed))
        default: return value
        }
    }

    // MARK: The second round

    /// The value with every text in it redacted; the same value where there was nothing to do.
    public func redact(_ value: JSONTree) throws(RedactionFailure) -> JSONTree { try redact(value, depth: 0) }

    /// The same for a text that stands alone.
    public func redact(text: String) throws(RedactionFailure) -> String { try redact(text: text, depth: 0) }

    private func redact(_ value: JSONTree, depth: Int) throws(RedactionFailure) -> JSONTree {
        switch value {
        case .string(let text): return .string(try redact(text: text, depth: depth))
        case .number(let text):
            let written = String(decoding: text, as: UTF8.self)
            let redacted = try replace(in: written)
            return redacted == written ? value : .string(Redactor.marker)
        case .array(var elements):
            for index in elements.indices { elements[index] = try redact(elements[index], depth: depth) }
            return .array(elements)
        case .object(var members):
            for index in members.indices {
                let member = members[index]
                if WireWords.isKept(member) { continue }
                if !WireWords.names.contains(member.name) {
                    members[index].name = try redact(text: member.name, depth: Self.deepest)
                }
                members[index].value = try redact(member.value, depth: depth)
            }
            return .object(members)
        case .bool, .null: return value
        }
    }

    private func redact(text: String, depth: Int) throws(RedactionFailure) -> String {
        if text == Redactor.marker { return text }
        var text = text
        if depth < Self.deepest, let document = Self.document(in: text) {
            let redacted = try redact(document, depth: depth + 1)
            if redacted != document { text = Self.text(of: redacted) }
        }
        return try replace(in: text)
    }

    private func replace(in text: String) throws(RedactionFailure) -> String {
        var bytes = removed.replace(in: Array(text.utf8))
        for (pattern, words) in redactor.patterns {
            guard let redacted = try pattern.replace(in: bytes, matching, &budget, words) else { continue }
            bytes = redacted
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: JSON inside texts

    private static func document(in text: String) -> JSONTree? {
        guard let first = text.utf8.first(where: { $0 != 0x20 && $0 != 0x0a && $0 != 0x0d && $0 != 0x09 }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return nil }
        return try? JSONTree.parse(text.utf8)
    }

    private static func text(of document: JSONTree) -> String { String(decoding: document.encode(), as: UTF8.self) }
}

@available(*, unavailable)
extension Redaction: Sendable {}

/// What makes a request or an answer readable, and holds nothing of anybody's.
private enum WireWords {
    static let names: Set<String> = [
        "arguments", "choices", "completion", "content", "finish_reason", "function", "function_call", "id", "index",
        "logprobs", "message", "messages", "metadata", "model", "name", "parallel_tool_calls", "parameters", "prompt",
        "refusal", "role", "stop", "store", "stream", "text", "tool_call_id", "tool_calls", "tools", "type", "usage",
    ]
    private static let words: Set<String> = [
        "assistant", "content_filter", "developer", "function", "function_call", "length", "stop", "system", "text",
        "tool", "tool_calls", "user",
    ]

    static func isKept(_ member: JSONTree.Member) -> Bool {
        guard member.name == "role" || member.name == "type" || member.name == "finish_reason" else { return false }
        return member.value.string.map { words.contains($0) } ?? false
    }
}

extension CompiledPattern {
    /// The text with each match replaced; nil where there is none. The text is valid UTF-8.
    fileprivate func replace(
        in text: [UInt8],
        _ matching: PatternMatching,
        _ budget: inout StepBudget,
        _ words: String
    ) throws(RedactionFailure) -> [UInt8]? {
        var redacted: [UInt8] = []
        var copied = 0
        var start = 0
        while start < text.count {
            let match: Range<Int>?
            do throws(PatternLimit) {
                match = try find(in: text, from: start, matching, &budget)
            } catch {
                throw .limit("the pattern '\(words)'")
            }
            guard let match else { break }
            start = match.upperBound
            if Self.isMarked(match, in: text) { continue }
            redacted += text[copied..<match.lowerBound]
            redacted += Redactor.marker.utf8
            copied = match.upperBound
        }
        return copied == 0 ? nil : redacted + text[copied...]
    }

    /// Whether the match lies inside a marker that another rule has set.
    private static func isMarked(_ match: Range<Int>, in text: [UInt8]) -> Bool {
        let marker = Redactor.marker.utf8
        let first = max(0, match.upperBound - marker.count)
        let last = min(match.lowerBound, text.count - marker.count)
        guard first <= last else { return false }
        return (first...last).contains { text[$0..<$0 + marker.count].elementsEqual(marker) }
    }
}
