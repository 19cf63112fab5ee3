/// The tags of a Mustache template, checked against what a prompt knows. swift-mustache keeps its tokens to itself, and
/// renders an unknown name as nothing.
struct TemplateTags {
    /// A template without sections, comments and the like, cut up.
    enum Segment: Sendable {
        case text([UInt8])
        case input
        case system
        case tools
        case metadata([UInt8])
    }

    private(set) var variables: Set<String> = []
    /// Nil where the template has more than variables.
    private(set) var segments: [Segment]? = []
    /// Bytes of its own text.
    private(set) var ownBytes = 0
    /// How often it names a part of the request.
    private(set) var mentions = 0
    /// Whether some of it is said once for each message.
    private(set) var repeats = false

    private let name: String
    private var line = 1
    private var open: [(name: String, line: Int)] = []

    /// What the elements of `messages` have, and what swift-mustache says about the place in a sequence.
    private static let inMessages: Set<String> = ["role", "content", "first()", "last()", "index()", "even()", "odd()"]

    init(_ template: String, name: String) throws(TemplateError) {
        self.name = name
        var rest = Substring(template)
        while let start = rest.firstRange(of: "{{") {
            let text = rest[..<start.lowerBound]
            segments?.append(.text(Array(text.utf8)))
            ownBytes += text.utf8.count
            line += text.utf8.count { $0 == UInt8(ascii: "\n") }
            rest = rest[start.upperBound...]
            let isTriple = rest.first == "{"
            guard let end = rest.firstRange(of: isTriple ? "}}}" : "}}") else { throw error("a tag is not closed") }
            let tag = rest[..<end.lowerBound]
            try read(isTriple ? tag.dropFirst() : tag, isTriple: isTriple)
            line += tag.utf8.count { $0 == UInt8(ascii: "\n") }
            rest = rest[end.upperBound...]
        }
        segments?.append(.text(Array(rest.utf8)))
        ownBytes += rest.utf8.count
        if let unclosed = open.last {
            line = unclosed.line
            throw error("the section '\(unclosed.name)' is not closed")
        }
    }

    private func error(_ message: String) -> TemplateError { TemplateError(name: name, line: line, message: message) }

    private mutating func read(_ tag: Substring, isTriple: Bool) throws(TemplateError) {
        guard !isTriple, let sigil = tag.first, "#^/!&>$<=%".contains(sigil) else {
            try use(Self.trim(tag))
            return
        }
        let name = Self.trim(tag.dropFirst())
        switch sigil {
        case "&":
            try use(name)
        case "!":
            segments = nil
        case "#", "^":
            try use(name)
            segments = nil
            open.append((name, line))
        case "/":
            guard let last = open.popLast() else { throw error("the section '\(name)' was never opened") }
            guard last.name == name else {
                throw error("'\(name)' closes the section '\(last.name)' of line \(last.line)")
            }
        case "=":
            throw error("delimiters cannot be changed in a prompt")
        case "%":
            throw error("a prompt takes no pragmas")
        default:
            throw error("partials are not available in a prompt")
        }
    }

    private mutating func use(_ variable: String) throws(TemplateError) {
        mentions += 1
        switch variable {
        case "input":
            segments?.append(.input)
        case "system":
            segments?.append(.system)
        case "tools":
            segments?.append(.tools)
        case "messages":
            segments = nil
            repeats = true
        case ".":
            guard !open.isEmpty else { throw error("'.' means something only inside a section") }
            return
        case _ where variable.hasPrefix("metadata.") && variable.utf8.count > 9:
            guard !variable.dropFirst(9).contains(".") else {
                throw error("'\(variable)': metadata has one level")
            }
            segments?.append(.metadata(Array(variable.utf8.dropFirst(9))))
        case _ where Self.inMessages.contains(variable):
            guard open.contains(where: { $0.name == "messages" }) else {
                throw error("'\(variable)' means something only inside {{#messages}}")
            }
            return
        default:
            throw error(
                "unknown variable '\(variable)'; known are input, system, messages (role, content), tools, metadata.NAME"
            )
        }
        variables.insert(variable)
    }

    private static func trim(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
