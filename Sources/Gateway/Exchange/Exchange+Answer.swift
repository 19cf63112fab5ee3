import Cache
import Completions
import HTTPServer
import JSON
import Judgment
import Loop

/// What `x-understudy-cache` says.
enum CacheState: String, Sendable, CaseIterable {
    /// From a cache, ours or Redis.
    case hit
    case miss
    /// The client, the route or the request wanted no cache.
    case bypass
    /// Another exchange's flight.
    case shared
}

extension Exchange {
    /// One body in the client's dialect, with log-probabilities only if the client asked.
    func send(_ answer: FlightAnswer, cache: CacheState) -> Int {
        guard let request, let read = answer.answer else {
            preconditionFailure("nothing is answered that was not read")
        }
        if let stream, stream.hasHead { return finish(stream, answer, cache: cache) }
        let body = encode(read, for: request, model: answer.model)
        if cache == .hit, let stored = answer.stored {
            let fields = answerFields(answer, cache: cache)
            send(fields, body, asked: answer.asked)
            prepare(answer, stored, fields: fields, body: body)
        } else {
            send(answerFields(answer, cache: cache), body, asked: answer.asked)
        }
        return body.count
    }

    /// One body, or all events of a stream.
    private func encode(_ answer: CompletionAnswer, for request: CompletionRequest, model: String) -> [UInt8] {
        guard request.stream else {
            return answer.encode(
                for: AnswerPresentation(for: request, modelName: model, requestID: requestID.text)
            )
        }
        var body: [UInt8] = []
        answer.encodeEvents(
            for: StreamPresentation(for: request, modelName: model, requestID: requestID.text),
            into: &body
        )
        body += EventText.done
        return body
    }

    /// An answer that was sent before to the very same body.
    func send(_ prepared: PreparedAnswer) {
        send(prepared.fields, prepared.body, asked: Asked())
    }

    /// - Parameter fixed: the fields that do not depend on the one request; appended to in place where nobody keeps
    ///   them.
    private func send(_ fixed: consuming [UInt8], _ body: [UInt8], asked: Asked) {
        var fields = fixed
        fields.reserveCapacity(fields.count + 160)
        fields.append("x-request-id: ")
        fields += requestID.bytes
        fields.append("\r\nx-understudy-overhead-ms: ")
        marks.answered = MonotonicTime.now()
        fields.append(milliseconds: overhead(asked))
        fields.append("\r\n")
        responder.respond(status: 200, fields: fields, body: body)
    }

    /// All that does not depend on the one request.
    private func answerFields(_ answer: FlightAnswer, cache: CacheState) -> [UInt8] {
        guard let route else { preconditionFailure("nothing is answered that was not routed") }
        var fields: [UInt8] = []
        fields.reserveCapacity(640)
        fields += stream == nil ? route.fixedFields : route.streamFields
        fields.append("x-understudy-answered-by: ")
        fields.append(text: answer.answeredBy.rawValue)
        fields.append("\r\nx-understudy-model: ")
        fields.append(headerText: answer.model.utf8.prefix(256))
        fields.append("\r\nx-understudy-cache: ")
        fields.append(text: (answer.answeredBy == .cache ? .hit : cache).rawValue)
        fields.append("\r\nx-understudy-verdict: ")
        fields.append(text: answer.verdict.rawValue)
        fields.append("\r\nx-understudy-checks: ")
        fields.append(text: answer.checks == .accept ? "pass" : answer.checks.rawValue)
        if let score = answer.score {
            fields.append("\r\nx-understudy-confidence: ")
            fields.append(fixed: score, places: 4)
        }
        if answer.isFallback {
            fields.append("\r\nx-understudy-fallback-reason: ")
            fields.append(text: answer.verdict.rawValue)
        }
        fields.append("\r\n")
        return fields
    }

    /// OpenAI's error object.
    func send(_ error: APIError) -> Int {
        if let stream, stream.hasHead {
            stream.fail(error)
            marks.answered = MonotonicTime.now()
            return stream.sent
        }
        let body = error.encode()
        responder.respond(status: error.status, fields: errorFields(error), body: body)
        marks.answered = MonotonicTime.now()
        return body.count
    }

    private func errorFields(_ error: APIError) -> [UInt8] {
        var fields: [UInt8] = []
        if let route {
            fields += route.fixedFields
        } else {
            fields.append("content-type: application/json\r\n")
        }
        fields.append("x-request-id: ")
        fields += requestID.bytes
        fields.append("\r\n")
        fields.append(error: error)
        return fields
    }

    /// Total so far minus the time spent waiting for models: what the gateway itself cost the client.
    func overhead(_ asked: Asked) -> Duration {
        overhead(waiting: marks.waited == .zero ? asked.waiting : min(asked.waiting, marks.waited))
    }

    func overhead(waiting: Duration) -> Duration {
        max(.zero, (marks.answered - http.received) - waiting)
    }
}

extension [UInt8] {
    /// `retry-after` and `x-should-retry`, where the error has them.
    mutating func append(error: APIError) {
        if let retryAfter = error.retryAfter, (1...64).contains(retryAfter.utf8.count),
            retryAfter.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        {
            append("retry-after: ")
            append(text: retryAfter)
            append("\r\n")
        }
        if let shouldRetry = error.shouldRetry {
            append("x-should-retry: ")
            append(text: shouldRetry ? "true" : "false")
            append("\r\n")
        }
    }
}
