import Completions

// Errors that only the gateway itself can have; all others are in Completions.
extension APIError {
    /// `when_missing: fail`: the route demands log-probabilities and small gave none.
    static func noLogprobs(route: String) -> APIError {
        APIError(
            status: 502,
            message: "The small model of '\(route)' gave no log-probabilities, and the route demands them.",
            type: "server_error",
            code: "no_logprobs",
            shouldRetry: false
        )
    }

    /// A stream's reader is far behind others who wait for the same answer, and memory for what lies between has an
    /// end.
    static var readerTooSlow: APIError {
        APIError(
            status: 408,
            message: "The stream was read too slowly while others waited for the same answer.",
            type: "invalid_request_error",
            code: "reader_too_slow"
        )
    }

    /// For the record only: there is nobody to tell.
    static var clientGone: APIError {
        APIError(status: 499, message: "The client left.", type: "client_gone", code: "client_gone")
    }

    /// What the HTTP server refuses before there is a request: framing, limits, deadlines, too many connections.
    static func refusal(status: Int, message: String) -> APIError {
        var error: APIError =
            switch status {
            case 408: .tooSlow
            case 417: .unknownExpectation
            case 503: .overloaded()
            default: .badFraming(message)
            }
        error.status = status
        error.message = message
        if status == 413 { error.code = "request_too_large" }
        if status == 431 { error.code = "headers_too_large" }
        if status == 405 { error.code = "method_not_supported" }
        return error
    }
}
