public import Completions

// What the store has to say, as an answer to whoever asked for it.
extension APIError {
    public init(_ error: StoreError) {
        let status =
            switch error {
            case .refused, .unfit: 400
            case .unavailable, .newer, .broken: 503
            }
        self.init(
            status: status,
            message: error.description,
            type: status == 400 ? "invalid_request_error" : "server_error"
        )
    }

    public static func unknownCandidate(_ id: String) -> APIError {
        APIError(
            status: 404,
            message: "There is no candidate '\(id.prefix(100))'.",
            type: "invalid_request_error",
            code: "candidate_not_found"
        )
    }
}
