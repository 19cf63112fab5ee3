import Completions
import HTTPClient
import HTTPServer
import Harvest
import JSON
import Judgment
public import Loop
public import Settings

/// Asks each model of the settings one small question, from a loop of its own.
public actor ModelCheck {
    public nonisolated let loop = Loop.start(name: "check")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let snapshot: Snapshot

    /// - Throws: where the TLS certificate and its key do not fit.
    public init(_ settings: GatewaySettings) throws {
        snapshot = try Snapshot(settings, lasting: Lasting(), metrics: Metrics(), names: ExchangeNames())
    }

    /// Ends its thread.
    public nonisolated func stop() { loop.stop() }

    /// Every model, one after the other, in the order of their names.
    /// - Parameter report: called as each is known.
    public func ask(_ report: @Sendable (ModelReport) -> Void) async throws -> [ModelReport] {
        let client = try HTTPClient(on: loop)
        defer { client.close() }
        let lines = Lines(snapshot, client: client, keeping: nil)
        var reports: [ModelReport] = []
        for model in snapshot.models {
            let found = model.settings.isTrained ? await ask(model, over: lines) : ModelReport(untrained: model)
            report(found)
            reports.append(found)
        }
        return reports
    }

    /// With five alternatives, else without any, else without log-probabilities, else without a limit of tokens: only a
    /// provider that refuses the request is asked again.
    private func ask(_ model: ServedModel, over lines: Lines) async -> ModelReport {
        var refused: String?
        for question in Self.questions {
            let parser = JSONParser()
            guard let request = try? question.request(in: model.dialect, parser) else {
                preconditionFailure("a question of our own is not valid")
            }
            let asked = ModelQuestion(
                request: request,
                headers: HeaderFields([]),
                lines: lines,
                parser: parser,
                deadline: MonotonicTime.now().advanced(by: model.timeouts.total)
            )
            let attempt = await asked.ask(model)
            guard case .failure(let problem) = attempt.result, problem.isRefused, !question.isLast else {
                return ModelReport(attempt, refused: question.asksLogprobs ? nil : refused)
            }
            if refused == nil || question.asksLogprobs { refused = problem.detail }
        }
        preconditionFailure("the last question ends it")
    }

    private struct Question {
        /// Nil: without log-probabilities.
        let alternatives: Int?
        let isLimited: Bool
        var asksLogprobs: Bool { alternatives != nil }
        var isLast: Bool { !isLimited }

        func request(in dialect: Dialect, _ parser: JSONParser) throws -> CompletionRequest {
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("model")
            writer.string("check")
            switch dialect {
            case .chat:
                writer.name("messages")
                writer.raw(#"[{"role":"user","content":"Say ok."}]"#.utf8)
            case .completions:
                writer.name("prompt")
                writer.string("Say ok.")
            }
            if isLimited {
                writer.name("max_tokens")
                writer.number(4)
            }
            switch (dialect, alternatives) {
            case (_, nil): break
            case (.chat, let count?):
                writer.name("logprobs")
                writer.bool(true)
                writer.name("top_logprobs")
                writer.number(count)
            case (.completions, let count?):
                writer.name("logprobs")
                writer.number(count)
            }
            writer.endObject()
            return try CompletionRequest.read(writer.bytes, dialect: dialect, parser: parser)
        }
    }

    private static let questions = [
        Question(alternatives: 5, isLimited: true), Question(alternatives: 0, isLimited: true),
        Question(alternatives: nil, isLimited: true), Question(alternatives: nil, isLimited: false),
    ]
}

extension AskProblem {
    /// The provider understood us, and does not take the request as it is.
    fileprivate var isRefused: Bool { kind == .status400 || kind == .status4xx }
}
