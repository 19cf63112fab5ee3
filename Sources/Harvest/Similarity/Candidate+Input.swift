import Completions
import JSON

extension Candidate {
    /// The dialect its request is in.
    var dialect: Dialect { RawMembers(request[...])?["messages"] == nil ? .completions : .chat }

    /// The input as a reviewer reads it: the text of the request's last user message, or its prompt. Instructions and
    /// earlier turns are not in it. Nil where the request has no text: a prompt of token ids, an image alone.
    public var input: String? {
        guard let members = RawMembers(request[...]) else { return nil }
        if let messages = members["messages"] {
            let asked = try? JSONTree.parse(messages).array?.last { $0["role"]?.string == "user" }
            return asked.flatMap { Self.text($0["content"], part: { $0["text"]?.string }) }
        }
        guard let prompt = members["prompt"].flatMap({ try? JSONTree.parse($0) }) else { return nil }
        return Self.text(prompt, part: \.string)
    }

    /// A text, or the texts among the parts of one, a line each.
    private static func text(_ value: JSONTree?, part: (JSONTree) -> String?) -> String? {
        if let text = value?.string { return text }
        let parts = value?.array?.compactMap(part) ?? []
        return parts.isEmpty ? nil : parts.joined(separator: "\n")
    }
}
