internal import Mustache

/// How a request's input is phrased for one model: a Mustache template, compiled at load.
///
/// - `{{input}}`: the text of the last user message, or the prompt.
/// - `{{system}}`: the texts of system and developer messages, a line each.
/// - `{{#messages}}{{role}}: {{content}}{{/messages}}`: every message in order (a prompt is one user message).
/// - `{{metadata.tenant}}`: a pair of the request's metadata; empty where the client sent none.
/// - `{{tools}}`: the JSON of the functions that the client offers; to a model that speaks chat they go along all the
///   same, so that a section, `{{#tools}}Call one if it helps.{{/tools}}`, is enough to say that they have a place.
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
    let showsSystem: Bool
    let showsMessages: Bool
    let showsTools: Bool
    /// For a bound on how long a prompt is: see ``TemplateTags``.
    let ownBytes, mentions: Int
    let repeats: Bool
    private let template: MustacheTemplate
    private let segments: [TemplateTags.Segment]?

    public init(_ mustache: String, name: String) throws(TemplateError) {
        self.name = name
        let tags = try TemplateTags(mustache, name: name)
        variables = tags.variables
        metadataKeys = tags.variables.filter { $0.hasPrefix("metadata.") }.map { String($0.dropFirst(9)) }.sorted()
        segments = tags.segments
        (ownBytes, mentions, repeats) = (tags.ownBytes, tags.mentions, tags.repeats)
        showsMessages = tags.variables.contains("messages")
        showsSystem = showsMessages || tags.variables.contains("system")
        showsTools = tags.variables.contains("tools")
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
            case .tools: prompt += request.toolsText
            case .metadata(let key): prompt += request.metadata(key) ?? []
            }
        }
        return prompt
    }

    func renderByMustache(_ request: CompletionRequest) -> [UInt8] {
        func string(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        var context: [String: Any] = ["input": string(request.inputText)]
        // Absent, not empty: so that {{#system}} tells whether there is one.
        let system = request.systemText
        if !system.isEmpty { context["system"] = string(system) }
        context["metadata"] = Dictionary(
            request.metadata.map { (string($0.key), string($0.value)) },
            uniquingKeysWith: { $1 }
        )
        let tools = request.toolsText
        if !tools.isEmpty { context["tools"] = string(tools) }
        if showsMessages {
            context["messages"] =
                switch request.dialect {
                case .chat:
                    request.messages.map { ["role": $0.role.rawValue, "content": string(request.text(of: $0))] }
                case .completions: [["role": "user", "content": string(request.inputText)]]
                }
        }
        return Array(template.render(context).utf8)
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

    /// `tools`, or the older `functions`, as the client wrote them; empty where it offers none.
    var toolsText: ArraySlice<UInt8> {
        let member = members.first { ($0.known == .tools || $0.known == .functions) && !isEmptyArray($0) }
        return member.map { body[$0.value] } ?? []
    }

    /// The value of a pair of `metadata`.
    public func metadata(_ key: some Sequence<UInt8>) -> [UInt8]? {
        metadata.first { $0.key.elementsEqual(key) }?.value
    }
}
