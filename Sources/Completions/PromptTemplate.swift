internal import Mustache

/// How a request's input is phrased for one model: a Mustache template, compiled at load.
///
/// - `{{input}}`: the text of the last user message, or the prompt.
/// - `{{system}}`: the texts of system and developer messages, a line each.
/// - `{{#messages}}{{role}}: {{content}}{{/messages}}`: every message in order (a prompt is one user message).
/// - `{{metadata.tenant}}`: a pair of the request's metadata; empty where the client sent none.
///
/// Nothing is escaped: a prompt is no HTML. Names that are none of these are errors at load, so that a misspelt one is
/// no empty prompt. Partials and other delimiters are not available.
///
/// Most templates are text with a few variables: those are cut into segments and filled in without Mustache. The rest
/// is rendered by swift-mustache, which costs some microseconds.
public struct PromptTemplate: Sendable {
    public let name: String
    /// The variables and sections that the template names: `input`, `system`, `messages`, `metadata.tenant`, ...
    public let variables: Set<String>
    /// Keys of `metadata` that the template names: they count for the cache key.
    public let metadataKeys: [String]
    private let template: MustacheTemplate
    private let segments: [TemplateTags.Segment]?

    public init(_ mustache: String, name: String) throws(TemplateError) {
        self.name = name
        let tags = try TemplateTags(mustache, name: name)
        variables = tags.variables
        metadataKeys = tags.variables.filter { $0.hasPrefix("metadata.") }.map { String($0.dropFirst(9)) }.sorted()
        segments = tags.segments
        do {
            // On a line of its own, which Mustache swallows whole.
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\n" + mustache)
        } catch let error as MustacheTemplate.ParserError {
            throw TemplateError(name: name, line: error.context.lineNumber - 1, message: "\(error.error)")
        } catch {
            throw TemplateError(name: name, line: 1, message: "\(error)")
        }
    }

    /// The prompt, in UTF-8.
    public func render(_ request: CompletionRequest) -> [UInt8] {
        guard let segments else { return renderByMustache(request) }
        var prompt: [UInt8] = []
        for segment in segments {
            switch segment {
            case .text(let text): prompt += text
            case .input: prompt += request.inputText
            case .system: prompt += request.systemText
            case .metadata(let key): prompt += request.metadata(key) ?? []
            }
        }
        return prompt
    }

    func renderByMustache(_ request: CompletionRequest) -> [UInt8] {
        func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        var context: [String: Any] = ["input": string(request.inputText)]
        // Absent, not empty: so that {{#system}} tells whether there is one.
        let system = request.systemText
        if !system.isEmpty { context["system"] = string(system) }
        context["metadata"] = Dictionary(
            request.metadata.map { (string($0.key), string($0.value)) },
            uniquingKeysWith: { $1 }
        )
        if variables.contains("messages") {
            context["messages"] =
                switch request.dialect {
                case .chat:
                    request.messages.map { ["role": $0.role.rawValue, "content": string(request.text(of: $0))] }
                case .completions: [["role": "user", "content": string(request.inputText)]]
                }
        }
        return Array(template.render(context).utf8)
    }

    /// The part of the request that this template does not show the model, if there is one: `system`, `messages` (turns
    /// before the last), `content` (not text) or `tools`. An answer to such a prompt may be an answer to another
    /// question.
    public func leavesOut(_ request: CompletionRequest) -> String? {
        if request.promptKind != nil, request.promptKind != .text { return "content" }
        let showsAll = variables.contains("messages")
        var turns = 0
        for message in request.messages {
            if message.hasNonText { return "content" }
            if message.concernsTools { return "tools" }
            if message.role == .system || message.role == .developer {
                if !showsAll, !variables.contains("system") { return "system" }
            } else {
                turns += 1
            }
        }
        return turns > 1 && !showsAll ? "messages" : nil
    }
}

/// A template that cannot be compiled.
public struct TemplateError: Error, Sendable, Equatable {
    public var name: String
    /// From 1.
    public var line: Int
    public var message: String

    public init(name: String, line: Int, message: String) {
        self.name = name
        self.line = line
        self.message = message
    }
}

extension CompletionRequest {
    /// The text of the last user message, or the prompt.
    var inputText: [UInt8] {
        switch dialect {
        case .chat: messages.last { $0.role == .user }.map { text(of: $0) } ?? []
        case .completions: promptText ?? []
        }
    }

    /// The texts of system and developer messages, a line each.
    var systemText: [UInt8] {
        var text: [UInt8] = []
        for message in messages where message.role == .system || message.role == .developer {
            if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
            text += self.text(of: message)
        }
        return text
    }

    /// The value of a pair of `metadata`.
    public func metadata(_ key: some Sequence<UInt8>) -> [UInt8]? {
        metadata.first { $0.key.elementsEqual(key) }?.value
    }
}
