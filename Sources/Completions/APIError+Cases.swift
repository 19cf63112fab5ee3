/// Every error this gateway answers with: DESIGN section 7 and CONTRACTS section 5, in the order of their status.
extension APIError {
    private static func client(
        _ status: Int,
        _ message: String,
        param: String? = nil,
        code: String? = nil
    ) -> APIError {
        APIError(status: status, message: message, type: "invalid_request_error", param: param, code: code)
    }

    private static func server(_ status: Int, _ message: String, code: String) -> APIError {
        APIError(status: status, message: message, type: "server_error", code: code)
    }

    // MARK: The request

    /// 400
    public init(_ invalid: InvalidRequest) {
        self = .client(400, invalid.message, param: invalid.param, code: invalid.code)
    }

    /// 400: bytes that are no HTTP request.
    public static func badFraming(_ message: String) -> APIError { client(400, message) }

    /// 401
    public static var missingKey: APIError {
        client(
            401,
            "You didn't provide an API key. Send it in an Authorization header: 'Authorization: Bearer YOUR_KEY'.",
            code: "missing_api_key"
        )
    }

    /// 401. The key itself is never repeated.
    public static var wrongKey: APIError { client(401, "Incorrect API key provided.", code: "invalid_api_key") }

    /// 403: a key that may not use this route.
    public static func forbiddenRoute(_ route: String) -> APIError {
        client(
            403,
            "Your API key may not use the model '\(clipped(route))'.",
            param: "model",
            code: "model_not_allowed"
        )
    }

    /// 404
    public static func unknownRoute(_ route: String) -> APIError {
        client(
            404,
            "The model '\(clipped(route))' does not exist or you do not have access to it.",
            param: "model",
            code: "model_not_found"
        )
    }

    /// 404
    public static func unknownPath(_ method: String, _ path: String) -> APIError {
        client(404, "Invalid URL (\(clipped(method)) \(clipped(path)))", code: "unknown_url")
    }

    /// 405
    public static func wrongMethod(_ method: String, _ path: String) -> APIError {
        client(405, "Not allowed to \(clipped(method)) on \(clipped(path)).", code: "method_not_supported")
    }

    /// 408
    public static var tooSlow: APIError {
        client(408, "The request did not arrive in time.", code: "request_timeout")
    }

    /// 413
    public static func bodyTooLarge(limit: Int) -> APIError {
        client(413, "The request body is larger than \(limit) bytes.", code: "request_too_large")
    }

    /// 415
    public static func wrongContentType(_ type: String?) -> APIError {
        let got = type.map { "'\(clipped($0))'" } ?? "no content type"
        return client(415, "Unsupported content type: expected 'application/json', but got \(got).")
    }

    /// 417
    public static var unknownExpectation: APIError { client(417, "The only expectation met is '100-continue'.") }

    /// 421: a host name that is none of ours.
    public static func wrongHost(_ host: String) -> APIError {
        client(421, "This server does not answer for the host '\(clipped(host))'.", code: "wrong_host")
    }

    /// 429: the limits of a client key.
    public static func keyLimit(retryAfter: String) -> APIError {
        APIError(
            status: 429,
            message: "Rate limit reached for your API key. Try again in \(retryAfter) s.",
            type: "rate_limit_error",
            code: "rate_limit_exceeded",
            retryAfter: retryAfter
        )
    }

    /// 431
    public static func headersTooLarge(limit: Int) -> APIError {
        client(431, "The request headers are larger than \(limit) bytes.", code: "headers_too_large")
    }

    // MARK: The models

    /// Upstream 400, 413, 422: the client's mistake, in the upstream's words.
    public static func upstreamRefused(_ message: String?) -> APIError {
        client(400, message ?? "The model refused the request.", code: "upstream_refused")
    }

    /// Upstream 429.
    public static func upstreamBusy(_ message: String?, retryAfter: String?) -> APIError {
        APIError(
            status: 429,
            message: message ?? "The model is at its rate limit. Try again later.",
            type: "rate_limit_error",
            code: "rate_limit_exceeded",
            retryAfter: retryAfter
        )
    }

    /// Upstream 401, 403, 404, 5xx, a reset, nonsense. Retrying would only cost money where the mistake is ours: a
    /// wrong key, a model that is not there.
    public static func upstreamFailed(_ message: String, shouldRetry: Bool? = nil) -> APIError {
        var error = server(502, message, code: "upstream_failed")
        error.shouldRetry = shouldRetry
        return error
    }

    /// What an upstream's status other than 200 comes to.
    public static func upstreamStatus(_ status: Int, message: String?, retryAfter: String?) -> APIError {
        switch status {
        case 400, 413, 422: upstreamRefused(message)
        case 429: upstreamBusy(message, retryAfter: retryAfter)
        case 401, 403, 404:
            // The upstream's words on keys and names are for the log: they may hold a piece of our key.
            upstreamFailed("The model's server refused the gateway (status \(status)).", shouldRetry: false)
        default: upstreamFailed("The model's server failed (status \(status)).")
        }
    }

    /// The large model's answer failed its checks under `on_large_invalid: error`.
    public static func answerInvalid(reason: String) -> APIError {
        var error = server(502, "The model's answer did not pass the checks: \(reason).", code: "answer_invalid")
        error.shouldRetry = false
        return error
    }

    /// The large model may not be asked any more for now under `spend`, `when_over: error`.
    public static func overSpend(retryAfter: String?) -> APIError {
        APIError(
            status: 429,
            message: "The spending limit of this route is reached.",
            type: "rate_limit_error",
            code: "spend_limit_exceeded",
            retryAfter: retryAfter,
            // Not before the time is over, which is longer than any client waits.
            shouldRetry: false
        )
    }

    /// 503: our own queue is full.
    public static func overloaded(retryAfter: String = "1") -> APIError {
        var error = server(503, "The gateway is overloaded. Try again later.", code: "overloaded")
        error.retryAfter = retryAfter
        return error
    }

    /// 503: shutting down.
    public static var draining: APIError {
        var error = server(503, "The gateway is shutting down. Try again.", code: "draining")
        error.retryAfter = "1"
        return error
    }

    /// 504: a model's timeout, or the exchange's deadline.
    public static func timedOut(_ message: String = "The model did not answer in time.") -> APIError {
        server(504, message, code: "timeout")
    }

    /// 500: our mistake, told to the log and not to the client.
    public static var internalError: APIError {
        server(500, "The gateway had an error while processing your request.", code: "internal_error")
    }

    /// What a client said, short enough to repeat.
    private static func clipped(_ text: String) -> String { String(text.prefix(200)) }
}
