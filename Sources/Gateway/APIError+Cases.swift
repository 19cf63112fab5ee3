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

    /// For the record only: there is nobody to tell.
    static var clientGone: APIError {
        APIError(status: 499, message: "The client left.", type: "client_gone", code: "client_gone")
    }
}
