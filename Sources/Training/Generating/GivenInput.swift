import Completions
import Harvest
import JSON
import Settings

/// An input to be answered: from a file, from what was logged, or invented.
public struct GivenInput: Sendable, Equatable {
    /// As a client would send it: a JSON object with the route as its `model`.
    public var request: [UInt8]
    /// What the file says that the answer must be like; nil: it does not say.
    public var expected: String?
    /// For whoever reviews its answer.
    public var note: String?

    public init(request: [UInt8], expected: String? = nil, note: String? = nil) {
        self.request = request
        self.expected = expected
        self.note = note
    }

    /// One text, as a chat of one message; as a prompt where the route's small model can only be asked that.
    init(_ text: String, metadata: JSONTree? = nil, expected: String? = nil, for route: RouteSettings) {
        let turn = JSONTree.object([
            .init(name: "role", value: .string("user")), .init(name: "content", value: .string(text)),
        ])
        let takesPrompts = route.trainingTarget.map { $0.dialect == .completions && $0.prompt == nil } ?? false
        let asked = JSONTree.Member(
            name: takesPrompts ? "prompt" : "messages",
            value: takesPrompts ? .string(text) : .array([turn])
        )
        self.init([asked], metadata, expected, route)
    }

    /// A chat.
    init(messages: JSONTree, metadata: JSONTree? = nil, expected: String? = nil, for route: RouteSettings) {
        self.init([.init(name: "messages", value: messages)], metadata, expected, route)
    }

    private init(_ asked: [JSONTree.Member], _ metadata: JSONTree?, _ expected: String?, _ route: RouteSettings) {
        var members = [JSONTree.Member(name: "model", value: .string(route.name))] + asked
        if let metadata { members.append(.init(name: "metadata", value: metadata)) }
        self.init(request: JSONTree.object(members).encode(), expected: expected)
    }

    /// What is wrong with it as a request, if anything is.
    var problem: String? {
        do throws(InvalidRequest) {
            _ = try parsed()
            return nil
        } catch {
            return (error.param.map { "\($0): " } ?? "") + error.message
        }
    }

    func parsed() throws(InvalidRequest) -> CompletionRequest {
        let parser = JSONParser()
        let dialect: Dialect = (try? parser.parse(request, integers: .any))?["messages"] == nil ? .completions : .chat
        return try CompletionRequest.read(request, dialect: dialect, parser: parser)
    }

    /// Its text, as a reviewer reads it; empty where it has none.
    public var text: String {
        Candidate(
            requestID: "",
            route: "",
            environment: "",
            contract: "",
            version: nil,
            reason: "",
            request: request
        ).input ?? ""
    }
}
