/// How a stream is to look to the client that asked for it.
public struct StreamPresentation: Sendable {
    public var answer: AnswerPresentation
    /// `stream_options.include_usage`: one event for the usage, at the end, and `usage: null` before.
    public var includeUsage: Bool

    public init(_ answer: AnswerPresentation, includeUsage: Bool) {
        self.answer = answer
        self.includeUsage = includeUsage
    }

    /// As the request asks.
    public init(for request: CompletionRequest, modelName: String, requestID: String) {
        answer = AnswerPresentation(for: request, modelName: modelName, requestID: requestID)
        includeUsage = request.includeUsage
    }
}

/// What all events of a stream have in common: fixed by the first one that says something.
final class StreamIdentity: Sendable {
    let dialect: Dialect
    let id: [UInt8]?
    let created: Int?
    let model: [UInt8]?
    let systemFingerprint: ArraySlice<UInt8>?

    init(_ answer: CompletionAnswer) {
        dialect = answer.dialect
        id = answer.id
        created = answer.created
        model = answer.model
        systemFingerprint = answer.systemFingerprint
    }
}
