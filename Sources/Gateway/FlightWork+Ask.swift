import Completions
import HTTPClient
import HTTPServer
import JSON
import Judgment
import Logging
import Loop
import Settings

extension FlightWork {
    /// Puts the request to one model. Never throws: what went wrong is part of what came of it.
    func ask(_ model: ServedModel, as role: ModelRole) async -> Attempt {
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
        note(call, of: model, as: role)
        return Attempt(model: model, sent: body, result: result, call: call, alternatives: target.logprobs.alternatives)
    }

    private func read(_ reply: UpstreamReply, from model: ServedModel) -> Result<CompletionAnswer, AskProblem> {
        guard (200..<300).contains(reply.status) else {
            let problem = AskProblem(
                status: reply.status,
                message: APIError.message(inUpstreamBody: reply.body, parser: station.parser),
                retryAfter: reply.retryAfter
            )
            return .failure(problem)
        }
        guard MediaType.isJSON(reply.contentType) else {
            return .failure(
                AskProblem(
                    kind: .contentType,
                    error: .upstreamFailed("The model '\(model.name)' did not answer in JSON.")
                )
            )
        }
        do throws(MalformedAnswer) {
            return .success(try CompletionAnswer.read(reply.body, dialect: model.dialect, parser: station.parser))
        } catch {
            let problem = AskProblem(
                kind: .malformed,
                error: .upstreamFailed("The model '\(model.name)' sent an answer that cannot be read.")
            )
            station.shared.log.warning(
                "a model's answer cannot be read",
                metadata: ["model": "\(model.name)", "request_id": "\(requestID.text)", "what": "\(error.what)"]
            )
            return .failure(problem)
        }
    }

    /// Client headers that the model's settings list, as finished lines; no others are forwarded.
    private func forwarded(to model: ServedModel) -> [String] {
        model.settings.headers.compactMap { name in
            headers.first(name).map { "\(name): \(String(decoding: $0, as: UTF8.self))" }
        }
    }

    private func note(_ call: Asked.Call, of model: ServedModel, as role: ModelRole) {
        switch role {
        case .small: asked.small = call
        case .large: asked.large = call
        }
        station.meters.asked(model, role, call)
        if role == .large, let cost = call.cost { route.spend?.add(cost, at: Int(station.unixMilliseconds)) }
    }
}

extension LogprobsAsk {
    fileprivate var alternatives: Int { if case .top(let count) = self { count } else { 0 } }
}
