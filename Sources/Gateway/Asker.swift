import Completions
import HTTPClient
import HTTPServer
import JSON
import Judgment
import Loop
import Settings

/// Puts one request to models and reads what they answer: a flight's calls, and those of `explain --ask` and
/// `check --ask`. Confined to the loop of its lines.
struct Asker {
    let request: CompletionRequest
    /// The client's; a model is sent those that its settings list.
    let headers: HeaderFields
    let lines: Lines
    let parser: JSONParser
    let deadline: MonotonicTime

    /// Never throws: what went wrong is part of what came of it.
    func ask(_ model: ServedModel) async -> Attempt {
        let target = model.target(for: request)
        let body: [UInt8]
        do throws(InvalidRequest) {
            body = try request.encode(for: target)
        } catch {
            return Attempt(model: model, sent: [], result: .failure(AskProblem(error)), call: Asked.Call())
        }
        var call = Asked.Call(model: model.modelName, sentBytes: body.count)
        let started = MonotonicTime.now()
        let result: Result<CompletionAnswer, AskProblem>
        do throws(UpstreamError) {
            let reply = try await lines.upstream(of: model).call(
                UpstreamCall(
                    path: model.path,
                    body: body,
                    headers: forwarded(to: model),
                    timeouts: model.timeouts,
                    deadline: deadline
                )
            )
            call.took = reply.total + reply.queued
            call.queued = reply.queued
            call.firstByte = reply.firstByte
            call.answerBytes = reply.body.count
            result = read(reply, from: model)
        } catch {
            call.took = MonotonicTime.now() - started
            result = .failure(AskProblem(error, model: model.name))
        }
        switch result {
        case .success(let answer):
            call.usage = answer.usage
            call.cost = model.cost(of: answer.usage)
        case .failure(let problem):
            call.failure = problem.kind
        }
        return Attempt(model: model, sent: body, result: result, call: call, alternatives: target.logprobs.alternatives)
    }

    private func read(_ reply: UpstreamReply, from model: ServedModel) -> Result<CompletionAnswer, AskProblem> {
        guard (200..<300).contains(reply.status) else {
            return .failure(
                AskProblem(
                    status: reply.status,
                    message: APIError.message(inUpstreamBody: reply.body, parser: parser),
                    retryAfter: reply.retryAfter
                )
            )
        }
        guard MediaType.isJSON(reply.contentType) else {
            return .failure(
                AskProblem(
                    kind: .contentType,
                    error: .upstreamFailed("The model '\(model.name)' did not answer in JSON."),
                    detail: "content-type: \(reply.contentType ?? "none")"
                )
            )
        }
        do throws(MalformedAnswer) {
            return .success(try CompletionAnswer.read(reply.body, dialect: model.dialect, parser: parser))
        } catch {
            return .failure(
                AskProblem(
                    kind: .malformed,
                    error: .upstreamFailed("The model '\(model.name)' sent an answer that cannot be read."),
                    detail: error.what
                )
            )
        }
    }

    /// Client headers that the model's settings list, as finished lines; no others are forwarded.
    private func forwarded(to model: ServedModel) -> [String] {
        model.settings.headers.compactMap { name in
            headers.first(name).map { "\(name): \(String(decoding: $0, as: UTF8.self))" }
        }
    }
}

extension LogprobsAsk {
    fileprivate var alternatives: Int { if case .top(let count) = self { count } else { 0 } }
}
