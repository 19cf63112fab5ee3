internal import JSON

/// Values that whole answers and the events of streams have in common, and the words for those that are wrong. Paths in
/// messages are made only when something is.
enum AnswerFields {
    static func text(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) -> [UInt8]? {
        try isText(node, path()) ? node.decoded() : nil
    }

    /// Whether the value is a string; false for null, anything else is refused.
    static func isText(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) -> Bool {
        switch node.kind {
        case .null: false
        case .string: true
        default: throw MalformedAnswer("\(path()) is \(words(node))")
        }
    }

    static func created(_ node: JSONNode) throws(MalformedAnswer) -> Int {
        // Some providers count fractions of a second.
        guard let seconds = node.double, seconds >= 0, seconds < 1e15 else {
            throw MalformedAnswer("created is \(words(node))")
        }
        return Int(seconds)
    }

    static func index(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) -> Int {
        // No answer has a million choices, and what is counted on from here must not overflow.
        guard let index = node.int, (0..<1 << 20).contains(index) else {
            throw MalformedAnswer("\(path()) is \(words(node))")
        }
        return index
    }

    /// Nil for null. `raw` is what the value is kept as.
    static func usage(_ node: JSONNode, raw: @autoclosure () -> ArraySlice<UInt8>) throws(MalformedAnswer) -> Usage? {
        if node.isNull { return nil }
        guard node.kind == .object else { throw MalformedAnswer("usage is \(words(node))") }
        var usage = Usage(promptTokens: 0, completionTokens: 0, totalTokens: -1, raw: raw())
        for member in node.members where !member.value.isNull {
            if member.name.isString("prompt_tokens") {
                usage.promptTokens = try tokens(member.value, "prompt_tokens")
            } else if member.name.isString("completion_tokens") {
                usage.completionTokens = try tokens(member.value, "completion_tokens")
            } else if member.name.isString("total_tokens") {
                usage.totalTokens = try tokens(member.value, "total_tokens")
            }
        }
        if usage.totalTokens < 0 { usage.totalTokens = usage.promptTokens + usage.completionTokens }
        return usage
    }

    /// Bounded, so that sums and prices stay sums and prices.
    private static func tokens(_ node: JSONNode, _ name: String) throws(MalformedAnswer) -> Int {
        guard let count = node.int, (0...1_000_000_000).contains(count) else {
            throw MalformedAnswer("usage.\(name) is \(words(node))")
        }
        return count
    }

    static func refuseDuplicates(
        _ node: JSONNode,
        _ parser: JSONParser,
        _ path: @autoclosure () -> String
    ) throws(MalformedAnswer) {
        guard let name = parser.duplicateName(in: node) else { return }
        throw MalformedAnswer("\(path())\(excerpt(name)) occurs twice")
    }

    static func excerpt(_ node: JSONNode) -> String {
        node.kind == .string ? String(String(decoding: node.decoded(), as: UTF8.self).prefix(200)) : words(node)
    }

    static func words(_ node: JSONNode?) -> String {
        guard let node else { return "missing" }
        return switch node.kind {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "the number \(String(decoding: node.raw.prefix(40), as: UTF8.self))"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// The lists in a `logprobs` value, by shape rather than by dialect: some servers of the completions dialect send
/// chat's objects.
struct LogprobsLists {
    var content: JSONNode?
    /// Of tokens that say a refusal; a list or null.
    var refusal: JSONNode?
    var tokens: JSONNode?
    var values: JSONNode?
    var alternatives: JSONNode?
    var offsets: JSONNode?

    init(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) {
        guard node.kind == .object else { throw MalformedAnswer("\(path()) is \(AnswerFields.words(node))") }
        for member in node.members {
            let value = member.value
            if value.isNull {
                if member.name.isString("refusal") { refusal = value }
            } else if member.name.isString("content") {
                content = try Self.list(value, path())
            } else if member.name.isString("tokens") {
                tokens = try Self.list(value, path())
            } else if member.name.isString("token_logprobs") {
                values = try Self.list(value, path())
            } else if member.name.isString("top_logprobs") {
                alternatives = try Self.list(value, path())
            } else if member.name.isString("text_offset") {
                offsets = try Self.list(value, path())
            } else if member.name.isString("refusal") {
                refusal = value
            }
        }
    }

    private static func list(_ node: JSONNode, _ path: @autoclosure () -> String) throws(MalformedAnswer) -> JSONNode {
        guard node.kind == .array else {
            throw MalformedAnswer("\(path()) holds \(AnswerFields.words(node)) for a list")
        }
        return node
    }

    /// Nil where there are no tokens.
    func columns(_ parser: JSONParser, _ path: @autoclosure () -> String) throws(MalformedAnswer) -> TokenColumns? {
        do throws(TokenColumns.Refusal) {
            if let content {
                return content.elementCount > 0 ? try parser.tokens(objects: content) : nil
            }
            guard tokens != nil || values != nil else { return nil }
            guard let tokens, let values else { throw .lengths }
            guard tokens.elementCount > 0 || values.elementCount > 0 else { return nil }
            return try parser.tokens(texts: tokens, logprobs: values, alternatives: alternatives, offsets: offsets)
        } catch {
            throw Self.malformed(error, path())
        }
    }

    private static func malformed(_ refusal: TokenColumns.Refusal, _ path: String) -> MalformedAnswer {
        switch refusal {
        case .shape(let token):
            MalformedAnswer("\(path): token \(token) has a member that is missing or of a wrong type")
        case .positive(let token): MalformedAnswer("\(path): token \(token) has a log-probability above 0")
        case .lengths: MalformedAnswer("\(path): the lists differ in length")
        case .bytes(let token): MalformedAnswer("\(path): token \(token) has bytes that are none")
        }
    }
}

extension TokenLogprobs {
    init(_ columns: TokenColumns, raw: ArraySlice<UInt8>) {
        self.init(
            logprobs: Array(columns.logprobs),
            tokenBytes: Array(columns.tokenBytes),
            tokenEnds: Array(columns.tokenEnds),
            textOffsets: Array(columns.offsets),
            margins: Array(columns.margins),
            alternatives: columns.alternatives,
            raw: raw
        )
    }
}
