import Completions
import HTTPClient
import HTTPServer
import JSON
import Judgment
import Settings

/// A request as one model is sent it.
struct ModelRequest {
    let body: [UInt8]
    /// It asks for an event stream.
    let isStream: Bool
    /// How many alternatives a token it asks for.
    let alternatives: Int

    /// - Throws: what does not carry over to the model.
    init(_ request: CompletionRequest, to model: ServedModel, streamed: Bool) throws(InvalidRequest) {
        var target = model.target(for: request)
        target.stream = streamed
        isStream = streamed
        body = try request.encode(for: target)
        alternatives = target.logprobs.alternatives
    }
}

extension LogprobsAsk {
    fileprivate var alternatives: Int { if case .top(let count) = self { count } else { 0 } }
}

extension ServedModel {
    /// Client headers that the model's settings list, as finished lines; no others are forwarded.
    func forwarded(_ headers: HeaderFields) -> [String] {
        if settings.headers.isEmpty { return [] }
        return settings.headers.compactMap { name in
            headers.first(name).map { "\(name): \(String(decoding: $0, as: UTF8.self))" }
        }
    }
}

extension UpstreamHead {
    /// An answer that came whole.
    func read(_ body: [UInt8], from model: ServedModel, parser: JSONParser) -> Result<CompletionAnswer, AskProblem> {
        guard (200..<300).contains(status) else {
            var problem = AskProblem(
                status: status,
                message: APIError.message(inUpstreamBody: body, parser: parser),
                retryAfter: retryAfter
            )
            if problem.error.status == 400, APIError.isTooLong(inUpstreamBody: body, parser: parser) {
                problem.error.code = APIError.contextLengthExceeded
            }
            return .failure(problem)
        }
        guard MediaType.isJSON(contentType) else {
            return .failure(
                AskProblem(
                    kind: .contentType,
                    error: .upstreamFailed("The model '\(model.name)' did not answer in JSON."),
                    detail: "content-type: \(contentType ?? "none")"
                )
            )
        }
        do throws(MalformedAnswer) {
            return .success(try CompletionAnswer.read(body, dialect: model.dialect, parser: parser))
        } catch {
            return .failure(AskProblem(error, model: model.name))
        }
    }
}
