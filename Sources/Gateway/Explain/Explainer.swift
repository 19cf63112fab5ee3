public import Completions
import Digest
import HTTPClient
import Harvest
public import JSON
import Judgment
public import Loop
public import Settings

/// Explains requests under one set of settings; the models are asked from its own loop.
public actor Explainer {
    public nonisolated let loop = Loop.start(name: "explain")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let snapshot: Snapshot

    /// - Throws: where the TLS certificate and its key do not fit.
    public init(_ settings: GatewaySettings) throws {
        snapshot = try Snapshot(settings, lasting: Lasting(), metrics: Metrics(), names: ExchangeNames())
    }

    /// Ends its thread.
    public nonisolated func stop() { loop.stop() }

    /// - Parameter asks: really put the request to the models. It costs what it costs; nothing is cached or harvested.
    /// - Throws: `APIError` where the request would be refused, `UnknownClientKey`.
    public func explain(_ question: ExplanationQuestion, asks: Bool = false) async throws -> ExplanationReport {
        var explanation = try Explanation(question, under: snapshot)
        if asks {
            let client = try HTTPClient(on: loop)
            let question = ModelQuestion(
                request: explanation.request,
                headers: explanation.headers,
                lines: Lines(snapshot, client: client, keeping: nil),
                parser: JSONParser(),
                deadline: MonotonicTime.now().advanced(by: snapshot.settings.server.deadline)
            )
            explanation.trial = await Trial.run(explanation, question: question)
            client.close()
        }
        return ExplanationReport(explanation)
    }
}

/// What `understudy explain` prints.
public struct ExplanationReport: Sendable {
    /// One object with a member for each of the eight verbs.
    public let tree: JSONTree
    /// What a client would get in place of an answer, as far as it was found out.
    public let error: APIError?

    init(_ explanation: Explanation) {
        tree = explanation.facts.tree
        if case .failed(let error) = explanation.trial?.ending { self.error = error } else { error = nil }
    }

    /// For people.
    public var text: String { Outline.text(tree) }
}
