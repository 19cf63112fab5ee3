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

    /// A call that can be made.
    private struct Draft {
        let body: [UInt8]
        let alternatives: Int
        let started = MonotonicTime.now()
    }

    /// Never throws: what went wrong is part of what came of it.
    func ask(_ model: ServedModel) async -> Attempt {
        let draft: Draft
        do throws(InvalidRequest) {
            draft = try self.draft(for: model)
        } catch {
            return Attempt(model: model, sent: [], result: .failure(AskProblem(error)), call: Asked.Call())
        }
        do throws(UpstreamError) {
            let reply = try await lines.upstream(of: model).call(
                UpstreamCall(
                    path: model.path,
                    body: draft.body,
                    headers: forwarded(to: model),
                    timeouts: model.timeouts,
                    deadline: deadline
                )
            )
            return attempt(draft, reply, from: model)
        } catch {
            return attempt(draft, error, from: model)
        }
    }

    // Not inlined: what they need for a moment would be in the task's frame for the time of the call.

    @inline(never)
    private func draft(for model: ServedModel) throws(InvalidRequest) -> Draft {
        let target = model.target(for: request)
        return Draft(body: try request.encode(for: target), alternatives: target.logprobs.alternatives)
    }

    @inline(never)
    private func attempt(_ draft: Draft, _ reply: UpstreamReply, from model: ServedModel) -> Attempt {
        var call = Asked.Call(model: model.modelName, sentBytes: draft.body.count)
        call.took = reply.total + reply.queued
        call.queued = reply.queued
        call.firstByte = reply.firstByte
        call.answerBytes = reply.body.count
        let result = read(reply, from: model)
        switch result {
        case .success(let answer):
            call.input = answer.usage?.promptTokens
            call.output = answer.usage?.completionTokens
            call.cost = model.cost(of: answer.usage)
        case .failure(let problem):
            call.failure = problem.kind
        }
        return Attempt(model: model, sent: draft.body, result: result, call: call, alternatives: draft.alternatives)
    }

    @inline(never)
    private func attempt(_ draft: Draft, _ error: UpstreamError, from model: ServedModel) -> Attempt {
        var call = Asked.Call(model: model.modelName, sentBytes: draft.body.count)
        let problem = AskProblem(error, model: model.name)
        call.took = MonotonicTime.now() - draft.started
        call.failure = problem.kind
        return Attempt(
            model: model,
            sent: draft.body,
            result: .failure(problem),
            call: call,
            alternatives: draft.alternatives
        )
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
