internal import JSON

/// `prompt`: a text, texts, tokens, or lists of tokens.
enum PromptReader {
    /// What the prompt is, and where its one text lies (the whole value where it is not one text).
    static func read(_ node: JSONNode) throws(InvalidRequest) -> (kind: PromptKind, range: Range<Int>) {
        if node.kind == .string { return (.text, node.range) }
        let expected = "a string, an array of strings, or an array of token ids"
        guard node.kind == .array else { throw .type("prompt", expected: expected, got: node) }
        var first: JSONNode?
        for (index, element) in node.elements.enumerated() {
            let kind = element.kind
            let isTokens = kind == .number ? isToken(element) : kind == .array && element.elements.allSatisfy(isToken)
            guard kind == .string || isTokens, first == nil || first?.kind == kind else {
                throw .type("prompt[\(index)]", expected: "elements to be all strings or all token ids", got: element)
            }
            first = first ?? element
        }
        guard let first else { throw .emptyArray("prompt") }
        if first.kind != .string { return (.tokens, node.range) }
        return node.elementCount == 1 ? (.text, first.range) : (.texts(node.elementCount), node.range)
    }

    private static func isToken(_ node: JSONNode) -> Bool { node.int.map { $0 >= 0 } ?? false }
}
