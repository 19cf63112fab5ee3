internal import Mustache

/// How a request's input is phrased for one model.
public struct PromptTemplate: Sendable {
    public let name: String
    /// The variables and sections that the template names: `input`, `system`, `messages`, `metadata.tenant`, ...
    public let variables: Set<String>
    private let template: MustacheTemplate

    public init(_ mustache: String, name: String) throws(TemplateError) {
        self.name = name
        variables = []
        do { template = try MustacheTemplate(string: mustache) } catch {
            throw TemplateError(name: name, line: 1, message: "\(error)")
        }
    }

    public func render(_ request: CompletionRequest) -> String { fatalError("being built") }
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
